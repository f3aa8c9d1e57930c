// One unit: is it reached, is its copy equal, are its deadlines kept?

import { NONE, STATE_STEPS, UNIT_STATES, unitState, verifiedUntil } from "./expressions.mjs";
import { COLOURS, history, lines, numbers } from "./panels.mjs";

const UNIT = "$unit";

const link = [
  [numbers, {
    title: { vi: "Trạng thái", en: "State" },
    about: { vi: "Khớp, chậm (quá 1 phút chưa xác nhận), lệch (có bản ghi khác) hay mất liên lạc.",
      en: "Equal, behind (not confirmed for a minute), diverged (records differ) or unreachable." },
    unit: "none", runbook: "UnitBehind", w: 6, h: 5, states: UNIT_STATES, steps: STATE_STEPS,
    queries: [{ expr: unitState(UNIT) }],
  }],
  [numbers, {
    title: { vi: "Khớp lần cuối", en: "Last equal" },
    about: { vi: "Mọi thay đổi được xác nhận trước lúc này đều có trong bản sao.",
      en: "Every change acknowledged before this time is in the copy." },
    unit: "dateTimeFromNow", runbook: "UnitBehind", w: 6, h: 5,
    queries: [{ expr: verifiedUntil(UNIT) }],
  }],
  [numbers, {
    title: { vi: "Tiến trình giữ bản sao", en: "Process that holds the copy" },
    about: { vi: "Tiến trình nào giữ bản sao, và nó có trả lời không (1).",
      en: "Which process holds the copy, and whether it answers (1)." },
    unit: "none", runbook: "UnitUnreachable", w: 6, h: 5, named: true,
    steps: [[null, COLOURS.bad], [1, COLOURS.good]],
    queries: [{ legend: "{{instance}}", expr: `up{job="replica"} and on (instance)
      last_over_time(lienthong_feed_lag_seconds{job="replica",unit="$unit"}[1d:5m])` }],
  }],
  [numbers, {
    title: { vi: "Chứng thư của đơn vị hết hạn sau", en: "The unit's certificate ends in" },
    about: { vi: "Chứng thư mà bản sao dùng để đọc nguồn tin của đơn vị. Dưới 10 ngày: gia hạn.",
      en: "The certificate with which the copy reads the unit's feed. Below 10 days: renew it." },
    unit: "s", runbook: "CertificateEndsSoon", w: 6, h: 5, decimals: 0,
    steps: [[null, COLOURS.bad], [259200, COLOURS.warn], [864000, COLOURS.good]],
    queries: [{ expr: `min(
      lienthong_certificate_expiry_timestamp_seconds{system="unit-$unit"}) - time()` }],
  }],
  [history, {
    title: { vi: "Trạng thái theo thời gian", en: "State over time" },
    about: { vi: "Mỗi ô là một khoảng thời gian.", en: "Each cell is a stretch of time." },
    unit: "none", runbook: "UnitBehind", w: 24, h: 5, points: 100,
    states: UNIT_STATES, steps: STATE_STEPS,
    queries: [{ expr: unitState(UNIT), legend: "{{unit}}" }],
  }],
];

const copy = [
  [lines, {
    title: { vi: "Độ trễ", en: "Lag" },
    about: { vi: "Tuổi của tin mới nhất đã áp dụng khi còn tin chờ, và thời gian " +
      "từ lần cuối được xác nhận khớp.",
    en: "Age of the newest message applied while newer ones wait, and time since the copy was " +
      "last known to be equal." },
    unit: "s", runbook: "UnitBehind", min: 0,
    queries: [
      { expr: 'max(lienthong_feed_lag_seconds{unit="$unit"})',
        legend: { vi: "Độ trễ", en: "Lag" } },
      { expr: 'time() - max(lienthong_feed_verified_timestamp_seconds{unit="$unit"} > 0)',
        legend: { vi: "Chưa xác nhận", en: "Not confirmed for" } }],
  }],
  [lines, {
    title: { vi: "Tin", en: "Messages" },
    about: { vi: "Gửi vào nguồn tin của đơn vị; áp dụng vào bản sao (cả nguồn tin chung).",
      en: "Published to the unit's feed, and applied to its copy (the province's feed included)." },
    unit: "cps", runbook: "UnitBehind", min: 0,
    queries: [
      { legend: { vi: "Gửi", en: "Published" }, expr: `sum(rate(lienthong_relay_messages_total{
        topic="lienthong.feed.$unit"}[$__rate_interval]))` },
      { legend: { vi: "Áp dụng", en: "Applied" },
        expr: 'sum(rate(lienthong_feed_messages_total{unit="$unit"}[$__rate_interval]))' }],
  }],
  [lines, {
    title: { vi: "Bản ghi trong bản sao", en: "Records in the copy" },
    about: { vi: "Bản ghi mà đơn vị đang được xem.", en: "Records that the unit may see now." },
    unit: "short", page: "prometheus/METRICS.md", min: 0, w: 8,
    queries: [{ expr: 'max(lienthong_feed_records{unit="$unit"})',
      legend: { vi: "Bản ghi", en: "Records" } }],
  }],
  [lines, {
    title: { vi: "Bản ghi lệch", en: "Records that differ" },
    about: { vi: "Khác với dịch vụ gốc, theo loại. Hệ thống tự sửa; bình thường là 0.",
      en: "Different from their owner's, by type. Healed by the system; normally 0." },
    unit: "none", runbook: "UnitDiverged", min: 0, w: 8,
    queries: [{ legend: "{{type}}",
      expr: 'max by (type) (lienthong_feed_divergent_records{unit="$unit"})' }],
  }],
  [numbers, {
    title: { vi: "Tin không áp dụng được", en: "Parked events" },
    about: { vi: "Được để riêng. Xem: lienthong parked list --unit.",
      en: "They could not be applied. To see them: lienthong parked list --unit." },
    unit: "none", runbook: "ParkedEvents", w: 8, steps: NONE,
    queries: [{ expr: 'max(lienthong_parked_events{consumer="$unit"})' }],
  }],
];

const KINDS = [
  ["received", { vi: "Đã nhận", en: "received" }],
  ["on_time", { vi: "Đúng hạn", en: "on time" }],
  ["late", { vi: "Trễ hạn", en: "late" }],
  ["returned", { vi: "Trả lại", en: "returned" }],
];

const counts = (what) => KINDS.map(([kind, legend]) => ({
  legend, expr: `max(lienthong_${what}_${kind}{unit="$unit"})` }));

const deadlines = [
  [numbers, {
    title: { vi: "Văn bản quá hạn", en: "Documents overdue" },
    about: { vi: "Đang quá hạn và chưa giải quyết xong, ngay lúc này.",
      en: "Past their deadline and not done, now." },
    unit: "none", page: "prometheus/METRICS.md", w: 6, steps: NONE,
    queries: [{ expr: 'max(lienthong_document_overdue{unit="$unit"})' }],
  }],
  [lines, {
    title: { vi: "Văn bản trong 30 ngày", en: "Documents of 30 days" },
    about: { vi: "Văn bản đến của đơn vị trong 30 ngày qua, mỗi phút tính một lần.",
      en: "What came to the unit within the last 30 days; counted once a minute." },
    unit: "none", page: "prometheus/METRICS.md", w: 18, min: 0,
    queries: counts("document"),
  }],
  [numbers, {
    title: { vi: "Phản ánh quá hạn", en: "Reports overdue" },
    about: { vi: "Phản ánh 1022 đang quá hạn và chưa giải quyết xong, ngay lúc này.",
      en: "Reports to 1022 past their deadline and not done, now." },
    unit: "none", page: "prometheus/METRICS.md", w: 6, steps: NONE,
    queries: [{ expr: 'max(lienthong_hotline_overdue{unit="$unit"})' }],
  }],
  [lines, {
    title: { vi: "Phản ánh trong 30 ngày", en: "Reports of 30 days" },
    about: { vi: "Phản ánh 1022 giao cho đơn vị trong 30 ngày qua, mỗi phút tính một lần.",
      en: "Reports to 1022 given to the unit within the last 30 days; counted once a minute." },
    unit: "none", page: "prometheus/METRICS.md", w: 18, min: 0,
    queries: counts("hotline"),
  }],
  [numbers, {
    title: { vi: "Người dân hài lòng", en: "Satisfaction" },
    about: { vi: "Phần đánh giá hài lòng trong 30 ngày. Không có số: chưa ai đánh giá.",
      en: "Share of satisfied ratings of 30 days. No number: nobody has rated." },
    unit: "percentunit", page: "prometheus/METRICS.md", w: 12,
    queries: [{ expr: `max(lienthong_hotline_satisfaction_ratio{unit="$unit"})
      and max(lienthong_hotline_ratings{unit="$unit"}) > 0` }],
  }],
  [numbers, {
    title: { vi: "Số đánh giá", en: "Ratings" },
    about: { vi: "Đánh giá của người dân trong 30 ngày.", en: "Ratings by citizens of 30 days." },
    unit: "none", page: "prometheus/METRICS.md", w: 12,
    queries: [{ expr: 'max(lienthong_hotline_ratings{unit="$unit"})' }],
  }],
];

export const unit = {
  name: "unit",
  title: { vi: "Đơn vị", en: "Unit" },
  about: { vi: "Một đơn vị: kết nối, độ trễ, bản ghi và thời hạn.",
    en: "One unit: its link, lag, records and deadlines." },
  variables: [{
    name: "unit", label: { vi: "Đơn vị", en: "Unit" },
    query: "label_values(unit:lienthong_feed_verified_timestamp_seconds:last, unit)",
  }],
  rows: [
    { title: { vi: "Kết nối", en: "Link" }, panels: link },
    { title: { vi: "Bản sao", en: "Copy" }, panels: copy },
    { title: { vi: "Thời hạn", en: "Deadlines" }, panels: deadlines },
  ],
};
