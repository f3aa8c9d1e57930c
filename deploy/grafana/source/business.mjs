// What the province is there for: documents and citizens' reports, and whether they are in time.

import { NONE } from "./expressions.mjs";
import { COLOURS, grid, lines, numbers } from "./panels.mjs";

const PAGE = "prometheus/METRICS.md";
const UNIT = { label: "unit", name: { vi: "Đơn vị", en: "Unit" } };

/** Several processes show the same number for a unit. */
const each = (metric) => `max by (unit) (${metric})`;
const sum = (metric) => `sum(${each(metric)})`;

const KINDS = [
  { kind: "received", name: { vi: "Đã nhận", en: "Received" } },
  { kind: "on_time", name: { vi: "Đúng hạn", en: "On time" } },
  { kind: "late", name: { vi: "Trễ hạn", en: "Late" } },
  { kind: "overdue", name: { vi: "Đang quá hạn", en: "Overdue now" },
    steps: [[null, COLOURS.good], [1, COLOURS.bad]] },
  { kind: "returned", name: { vi: "Trả lại", en: "Returned" } },
];

const number = (words, about, expr, more = {}) =>
  [numbers, { title: words, about, unit: "none", page: PAGE, w: 4, h: 4, queries: [{ expr }],
    ...more }];

function totals(what, noun, late) {
  const title = (vi, en) => ({ vi: `${noun.vi}: ${vi}`, en: `${noun.en}: ${en}` });
  const metric = (kind) => `lienthong_${what}_${kind}`;
  return [
    number(title("đã nhận", "received"),
      { vi: "Trong 30 ngày qua, mọi đơn vị.", en: "Of the last 30 days, all units." },
      sum(metric("received"))),
    number(title("đúng hạn", "on time"),
      { vi: "Giải quyết đúng hạn trong 30 ngày qua.", en: "Done in time, of the last 30 days." },
      sum(metric("on_time"))),
    number(title("trễ hạn", "late"),
      late, sum(metric("late")), { steps: [[null, COLOURS.good], [1, COLOURS.warn]] }),
    number(title("tỷ lệ đúng hạn", "share on time"),
      { vi: "Phần đúng hạn trong số đã giải quyết. Không có số: chưa giải quyết gì.",
        en: "Of what was done, the share in time. No number: nothing was done." },
      `${sum(metric("on_time"))}
        / (${sum(metric("on_time"))} + ${sum(metric("late"))} > 0)`,
      { unit: "percentunit" }),
    number(title("đang quá hạn", "overdue now"),
      { vi: "Quá hạn và chưa giải quyết xong, ngay lúc này.",
        en: "Past the deadline and not done, now." },
      sum(metric("overdue")), { steps: NONE }),
    number(title("trả lại", "returned"),
      { vi: "Đơn vị trả lại vì không thuộc thẩm quyền, trong 30 ngày qua.",
        en: "Given back by the units as not theirs, of the last 30 days." },
      sum(metric("returned"))),
  ];
}

const perUnit = (what, title) => [grid, {
  title,
  about: {
    vi: "30 ngày qua, riêng quá hạn là ngay lúc này. Đơn vị quá hạn nhiều nhất đứng đầu.",
    en: "Of 30 days, but for overdue, which is now. The unit with most overdue comes first.",
  },
  unit: "none", page: PAGE, w: 12, h: 12, rows: [UNIT], sort: 3,
  queries: KINDS.map(({ kind, name, steps }) => ({
    name, steps, unit: "none", expr: each(`lienthong_${what}_${kind}`) })),
}];

const overTime = (what, title) => [lines, {
  title,
  about: { vi: "Mọi đơn vị cộng lại, mỗi phút tính một lần.",
    en: "All units together; counted once a minute." },
  unit: "none", page: PAGE, min: 0,
  queries: KINDS.map(({ kind, name }) => ({
    legend: name, expr: sum(`lienthong_${what}_${kind}`) })),
}];

const satisfaction = [
  number({ vi: "Người dân hài lòng", en: "Satisfaction" },
    { vi: "Phần đánh giá hài lòng trong 30 ngày, theo số đánh giá của từng đơn vị.",
      en: "Share of satisfied ratings of 30 days, weighed by each unit's ratings." },
    `sum(${each("lienthong_hotline_satisfaction_ratio")} * ${each("lienthong_hotline_ratings > 0")})
      / (${sum("lienthong_hotline_ratings")} > 0)`,
    { unit: "percentunit", w: 6, h: 5 }),
  number({ vi: "Số đánh giá", en: "Ratings" },
    { vi: "Đánh giá của người dân trong 30 ngày.", en: "Ratings by citizens of 30 days." },
    sum("lienthong_hotline_ratings"), { w: 6, h: 5 }),
  [numbers, {
    title: { vi: "Khẩn cấp chuyển trễ", en: "Emergencies handed over late" },
    about: { vi: "Chưa được 113, 114 hoặc 115 tiếp nhận đúng hạn. Phải là 0.",
      en: "Not taken by 113, 114 or 115 in time. Must be 0." },
    unit: "none", runbook: "EmergencyTransferLate", w: 6, h: 5, steps: NONE,
    queries: [{ expr: "max(lienthong_hotline_transfers_late)" }],
  }],
  number({ vi: "Khiếu nại chưa có nơi giữ", en: "Complaints that nobody may keep" },
    { vi: "Đơn về cán bộ mà không đơn vị nào được chỉ định để giữ. Quản trị phải chỉ định.",
      en: "Complaints about officials for which no unit is named: an administrator must." },
    "max(lienthong_hotline_complaints_unkept)", { steps: NONE, w: 6, h: 5 }),
  [grid, {
    title: { vi: "Hài lòng theo đơn vị", en: "Satisfaction by unit" },
    about: { vi: "Đơn vị có đánh giá trong 30 ngày; thấp nhất đứng đầu.",
      en: "Units with ratings of 30 days; the lowest comes first." },
    unit: "percentunit", page: PAGE, w: 12, rows: [UNIT],
    queries: [
      { name: { vi: "Hài lòng", en: "Satisfied" }, unit: "percentunit", ascending: true,
        expr: `${each("lienthong_hotline_satisfaction_ratio")}
          and on (unit) (${each("lienthong_hotline_ratings")} > 0)` },
      { name: { vi: "Số đánh giá", en: "Ratings" }, unit: "none",
        expr: `${each("lienthong_hotline_ratings")} > 0` }],
  }],
  [lines, {
    title: { vi: "Tin nhắn cho người dân", en: "Messages to citizens" },
    about: { vi: "SMS và thư điện tử: đang chờ gửi, và không rõ nhà cung cấp đã nhận chưa.",
      en: "SMS and e-mail: waiting to be sent, and those that the provider may have." },
    unit: "none", runbook: "MessagesUndelivered", min: 0,
    queries: [
      { expr: "max(lienthong_hotline_messages_waiting)",
        legend: { vi: "Chờ gửi", en: "waiting" } },
      { expr: "max(lienthong_hotline_messages_doubtful)",
        legend: { vi: "Chưa rõ", en: "in doubt" } }],
  }],
  [lines, {
    title: { vi: "Lần gửi theo kết quả", en: "Attempts to send, by outcome" },
    about: { vi: "given_up: thôi không gửi nữa. postponed: để sang lúc khác.",
      en: "given_up: not tried again. postponed: left for later." },
    unit: "cps", runbook: "MessagesUndelivered", w: 24, min: 0,
    queries: [{ legend: "{{medium}} {{outcome}}", expr: `sum by (medium, outcome)
      (rate(lienthong_hotline_messages_total[$__rate_interval]))` }],
  }],
];

export const business = {
  name: "business",
  title: { vi: "Nghiệp vụ", en: "Business" },
  about: { vi: "Văn bản và phản ánh của người dân: đã nhận, đúng hạn, quá hạn, trả lại, hài lòng.",
    en: "Documents and citizens' reports: received, on time, overdue, returned, satisfaction." },
  from: "now-7d",
  rows: [
    { title: { vi: "Văn bản", en: "Documents" }, panels: [
      ...totals("document", { vi: "Văn bản", en: "Documents" },
        { vi: "Đang trễ hoặc giải quyết sau thời hạn, của 30 ngày qua.",
          en: "Late now or done after the deadline, of the last 30 days." }),
      perUnit("document", { vi: "Văn bản theo đơn vị", en: "Documents by unit" }),
      overTime("document", { vi: "Văn bản theo thời gian", en: "Documents over time" })] },
    { title: { vi: "Phản ánh 1022", en: "Reports to 1022" }, panels: [
      ...totals("hotline", { vi: "Phản ánh", en: "Reports" },
        { vi: "Trả lời sau thời hạn, của 30 ngày qua.",
          en: "Answered after the deadline, of the last 30 days." }),
      perUnit("hotline", { vi: "Phản ánh theo đơn vị", en: "Reports by unit" }),
      overTime("hotline", { vi: "Phản ánh theo thời gian", en: "Reports over time" })] },
    { title: { vi: "Người dân", en: "Citizens" }, panels: satisfaction },
  ],
};
