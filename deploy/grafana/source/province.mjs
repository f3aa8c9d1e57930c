// The whole province at a glance: is every unit's copy equal to what the owners have?

import { BEHIND_SECONDS, NONE, STATE_STEPS, UNIT_STATES, unconfirmed, unitState, verifiedUntil }
  from "./expressions.mjs";
import { COLOURS, grid, history, lines, numbers } from "./panels.mjs";

const UNIT = { label: "unit", name: { vi: "Đơn vị", en: "Unit" } };
const STATE_ABOUT = {
  vi: "Khớp: bản sao đúng như dịch vụ gốc có. Chậm: quá 1 phút chưa được xác nhận khớp. Lệch: có " +
    "bản ghi khác hoặc không áp dụng được. Mất liên lạc: tiến trình giữ bản sao không trả lời, " +
    "nhưng trong 30 ngày qua có trả lời.",
  en: "Equal: the copy is what the owners have. Behind: not confirmed equal for more than a " +
    "minute. Diverged: records differ or could not be applied. Unreachable: the process that " +
    "holds the copy does not answer, and did within the last 30 days.",
};

const cells = [numbers, {
  title: { vi: "Bản đồ trạng thái: mỗi đơn vị một ô", en: "Status map: a cell for each unit" },
  about: STATE_ABOUT,
  unit: "none", runbook: "UnitBehind", w: 24, h: 12, cells: true, units: true,
  states: UNIT_STATES, steps: STATE_STEPS,
  queries: [{ expr: unitState(), legend: "{{unit}}" }],
}];

const since = [grid, {
  title: { vi: "Đơn vị không khớp, từ khi nào", en: "Units that are not equal, and since when" },
  about: {
    vi: "Thời điểm là lúc cuối cùng bản sao được xác nhận có đủ mọi thay đổi. Đơn vị chưa từng " +
      "khớp không có thời điểm. Bảng trống là mọi đơn vị đều khớp.",
    en: "The time is the last at which the copy was known to have every change. A unit that " +
      "never was equal has none. An empty table: all units are equal.",
  },
  unit: "none", runbook: "UnitDiverged", w: 12, h: 10,
  rows: [UNIT],
  queries: [
    { name: { vi: "Trạng thái", en: "State" }, unit: "none", states: UNIT_STATES,
      expr: `(${unitState()}) > 0` },
    { name: { vi: "Khớp lần cuối", en: "Last equal" }, unit: "dateTimeFromNow",
      expr: `${verifiedUntil()} and on (unit) ((${unitState()}) > 0)` },
  ],
}];

const slowest = [grid, {
  title: { vi: "Mười nguồn tin chậm nhất", en: "The ten slowest feeds" },
  about: {
    vi: "Thời gian từ lần cuối bản sao được xác nhận có đủ mọi thay đổi, và độ trễ khi còn thông " +
      "điệp chờ. Bình thường dưới 30 giây.",
    en: "Time since the copy was last known to have every change, and the lag while messages " +
      "wait. Normally below 30 seconds.",
  },
  unit: "s", runbook: "UnitBehind", w: 12, h: 10,
  rows: [UNIT],
  queries: [
    { name: { vi: "Chưa xác nhận", en: "Not confirmed for" }, unit: "s", decimals: 0,
      steps: [[null, COLOURS.good], [BEHIND_SECONDS, COLOURS.warn], [900, COLOURS.bad]],
      expr: `topk(10, ${unconfirmed})` },
    { name: { vi: "Độ trễ", en: "Lag" }, unit: "s", decimals: 0,
      expr: `max by (unit) (lienthong_feed_lag_seconds) and on (unit) topk(10, ${unconfirmed})` },
  ],
}];

const past = [history, {
  title: { vi: "Trạng thái theo thời gian", en: "States over time" },
  about: STATE_ABOUT,
  unit: "none", runbook: "ManyUnitsBehind", w: 24, h: 24, units: true,
  states: UNIT_STATES, steps: STATE_STEPS,
  queries: [{ expr: unitState(), legend: "{{unit}}" }],
}];

const counted = (state) => `count((${unitState()}) == ${state}) or vector(0)`;

const totals = [
  [numbers, {
    title: { vi: "Đơn vị khớp", en: "Units equal" },
    about: { vi: "Số đơn vị có bản sao đúng như dịch vụ gốc có.",
      en: "Units whose copy is what the owners have." },
    unit: "none", runbook: "ManyUnitsBehind", w: 4, h: 4, queries: [{ expr: counted(0) }],
  }],
  [numbers, {
    title: { vi: "Đơn vị chậm", en: "Units behind" },
    about: { vi: "Quá 1 phút chưa được xác nhận khớp. Trên 5 đơn vị quá 5 phút: gọi trực ban.",
      en: "Not confirmed equal for more than a minute. More than 5 for 5 minutes: somebody is " +
        "called." },
    unit: "none", runbook: "ManyUnitsBehind", w: 4, h: 4,
    steps: [[null, COLOURS.good], [1, COLOURS.warn], [6, COLOURS.bad]],
    queries: [{ expr: counted(1) }],
  }],
  [numbers, {
    title: { vi: "Đơn vị lệch", en: "Units diverged" },
    about: { vi: "Có bản ghi khác dịch vụ gốc (hệ thống tự sửa) hoặc không áp dụng được.",
      en: "Records differ from their owner's (they are healed), or could not be applied." },
    unit: "none", runbook: "UnitDiverged", w: 4, h: 4, steps: NONE,
    queries: [{ expr: counted(2) }],
  }],
  [numbers, {
    title: { vi: "Đơn vị mất liên lạc", en: "Units unreachable" },
    about: { vi: "Tiến trình giữ bản sao không trả lời.",
      en: "The process that holds the copy does not answer." },
    unit: "none", runbook: "UnitUnreachable", w: 4, h: 4,
    steps: [[null, COLOURS.good], [1, COLOURS.away]],
    queries: [{ expr: counted(3) }],
  }],
  [numbers, {
    title: { vi: "Bản ghi trong các bản sao", en: "Records in all copies" },
    about: { vi: "Tổng số bản ghi mà các bản sao của đơn vị đang giữ.",
      en: "All records that the units' copies hold." },
    unit: "short", page: "prometheus/METRICS.md", w: 4, h: 4,
    queries: [{ expr: 'sum(max by (unit) (lienthong_feed_records{job="replica"}))' }],
  }],
  [numbers, {
    title: { vi: "Cảnh báo đang bật", en: "Alerts that are firing" },
    about: { vi: "Không tính cảnh báo kiểm tra rằng chính Prometheus đang chạy.",
      en: "Without the one that shows that Prometheus itself is at work." },
    unit: "none", page: "prometheus/METRICS.md", w: 4, h: 4,
    steps: [[null, COLOURS.good], [1, COLOURS.warn]],
    queries: [{ expr: `count(ALERTS{alertstate="firing",alertname!="WatchdogHeartbeat"})
      or vector(0)` }],
  }],
];

const work = [
  [lines, {
    title: { vi: "Tin áp dụng vào các bản sao", en: "Messages applied to copies" },
    about: { vi: "Mọi đơn vị cộng lại. Đứng ở 0 khi có thay đổi là có sự cố.",
      en: "All units together. At 0 while there are changes, something is wrong." },
    unit: "cps", runbook: "ManyUnitsBehind",
    queries: [{ expr: 'sum(rate(lienthong_feed_messages_total{job="replica"}[$__rate_interval]))',
      legend: { vi: "Tin", en: "Messages" } }],
  }],
  [lines, {
    title: { vi: "Dịch vụ đang chạy", en: "Services that are up" },
    about: { vi: "Số tiến trình của từng dịch vụ trả lời Prometheus.",
      en: "Processes of each service that answer Prometheus." },
    unit: "none", runbook: "OwnerDown", min: 0,
    queries: [{ legend: "{{job}}", expr: `sum by (job)
      (up{job=~"directory|registry|document|hotline|portal|replica"})` }],
  }],
];

export const province = {
  name: "province",
  title: { vi: "Toàn tỉnh", en: "Province" },
  about: { vi: "Bản sao của mọi đơn vị có khớp với dữ liệu gốc không.",
    en: "Is every unit's copy equal to what the owners have." },
  rows: [
    { title: { vi: "Tổng quan", en: "Totals" }, panels: totals },
    { title: { vi: "Các đơn vị", en: "Units" }, panels: [cells, since, slowest, past] },
    { title: { vi: "Hoạt động", en: "Work" }, panels: work },
  ],
};
