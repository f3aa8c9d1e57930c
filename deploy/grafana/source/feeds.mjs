// From the journals to the copies: relays, seals, feeds, and what is found wrong on the way.

import { BEHIND_SECONDS, NONE } from "./expressions.mjs";
import { COLOURS, grid, lines, numbers } from "./panels.mjs";

const OWNER = "{{service}}";
const ofOwner = (metric) => `max by (service) (${metric})`;
const ageOf = (metric) => `time() - (${ofOwner(metric)} > 0)`;

const relays = [
  [numbers, {
    title: { vi: "Bộ gửi đang chạy", en: "Relays at work" },
    about: { vi: "Mỗi dịch vụ gốc phải có đúng 1 bộ gửi đang gửi sổ nhật ký.",
      en: "Each owner must have exactly 1 relay that publishes its journal." },
    unit: "none", runbook: "RelayStopped", w: 8, h: 5, named: true,
    steps: [[null, COLOURS.bad], [1, COLOURS.good], [2, COLOURS.bad]],
    queries: [{ expr: "sum by (service) (lienthong_relay_active)", legend: OWNER }],
  }],
  [numbers, {
    title: { vi: "Dừng vì niêm phong khác nhau", en: "Stopped because seals differ" },
    about: { vi: "1: sổ nhật ký không khớp với niêm phong đã công bố. Cơ sở dữ liệu bị khôi phục " +
      "từ bản cũ hoặc bị sửa.",
    en: "1: the journal is not what the published seals say. The database was restored from an " +
      "older backup, or altered." },
    unit: "none", runbook: "SealsDiffer", w: 8, h: 5, named: true, steps: NONE,
    queries: [{ expr: ofOwner("lienthong_relay_stopped_by_seal"), legend: OWNER }],
  }],
  [numbers, {
    title: { vi: "Nguồn tin không ghi được", en: "Feeds that cannot be written" },
    about: { vi: "Nguồn tin bị đánh dấu hỏng; được dựng lại khi ghi được trở lại.",
      en: "Feeds marked broken; each is rebuilt when it can be written again." },
    unit: "none", runbook: "FeedBroken", w: 8, h: 5, named: true, steps: NONE,
    queries: [{ expr: ofOwner("lienthong_relay_broken_feeds"), legend: OWNER }],
  }],
  [lines, {
    title: { vi: "Thay đổi chờ gửi", en: "Changes not yet published" },
    about: { vi: "Dòng của sổ nhật ký chưa được gửi lên Kafka. Bình thường gần 0.",
      en: "Rows of the journal that are not on Kafka yet. Normally near 0." },
    unit: "none", runbook: "RelayBacklog", min: 0,
    queries: [{ expr: ofOwner("lienthong_relay_backlog_rows"), legend: OWNER }],
  }],
  [lines, {
    title: { vi: "Chờ giao dịch đang ghi", en: "Wait for writers" },
    about: { vi: "Bộ gửi chờ những giao dịch bắt đầu trước. Lâu là có giao dịch treo.",
      en: "How long the relay waits for transactions that began before. Long: one of them hangs." },
    unit: "s", runbook: "RelayBacklog", min: 0,
    queries: [{ expr: ofOwner("lienthong_relay_fence_wait_seconds"), legend: OWNER }],
  }],
  [lines, {
    title: { vi: "Tin đã gửi", en: "Messages published" },
    about: { vi: "Lên mọi chủ đề, theo dịch vụ gốc.", en: "To all topics, by owner." },
    unit: "cps", runbook: "RelayStopped", min: 0,
    queries: [{ legend: "{{job}}",
      expr: "sum by (job) (rate(lienthong_relay_messages_total[$__rate_interval]))" }],
  }],
  [lines, {
    title: { vi: "Dung lượng đã gửi", en: "Bytes published" },
    about: { vi: "Lên mọi chủ đề, theo dịch vụ gốc.", en: "To all topics, by owner." },
    unit: "Bps", runbook: "RelayStopped", min: 0,
    queries: [{ legend: "{{job}}",
      expr: "sum by (job) (rate(lienthong_relay_bytes_total[$__rate_interval]))" }],
  }],
];

const journals = [
  [numbers, {
    title: { vi: "Niêm phong mới nhất cách đây", en: "Age of the newest seal" },
    about: { vi: "Niêm phong được làm khi có thay đổi; dịch vụ không có thay đổi thì không có " +
      "niêm phong mới.",
    en: "Seals are made as changes come; an owner without changes makes none." },
    unit: "s", runbook: "SealsDiffer", w: 8, h: 5, named: true, decimals: 0,
    queries: [{ expr: ageOf("lienthong_seal_timestamp_seconds"), legend: OWNER }],
  }],
  [numbers, {
    title: { vi: "Kỷ nguyên", en: "Epoch" },
    about: { vi: "Tăng khi dịch vụ được khôi phục từ bản sao lưu.",
      en: "Rises when an owner was restored from a backup." },
    unit: "none", runbook: "SealsDiffer", w: 8, h: 5, named: true,
    queries: [{ expr: ofOwner("lienthong_epoch"), legend: OWNER }],
  }],
  [numbers, {
    title: { vi: "Lần rà phạm vi nhận gần nhất cách đây", en: "Age of the last audience sweep" },
    about: { vi: "Từ lần cuối không còn bản ghi nào phải tính lại ai được xem.",
      en: "Since no record was left for which it must be found anew who may see it." },
    unit: "s", runbook: "StaleAudiences", w: 8, h: 5, named: true, decimals: 0,
    queries: [{ expr: ageOf("lienthong_sweep_timestamp_seconds"), legend: OWNER }],
  }],
  [numbers, {
    title: { vi: "Lần tự kiểm gần nhất cách đây", en: "Age of the owners' last scrub" },
    about: { vi: "Dịch vụ gốc tự so bảng nghiệp vụ với sổ nhật ký. Không có số: chưa xong lần đầu.",
      en: "The owner compares its tables with its journal. No number: the first is not done yet." },
    unit: "s", runbook: "ScrubOld", w: 12, h: 5, named: true, decimals: 0,
    queries: [{ expr: ageOf("lienthong_scrub_completed_timestamp_seconds"), legend: OWNER }],
  }],
  [numbers, {
    title: { vi: "Bản ghi sai khi tự kiểm", en: "Records found wrong by the scrub" },
    about: { vi: "Bảng nghiệp vụ không cho ra đúng bản ghi trong sổ nhật ký. Phải là 0.",
      en: "The tables do not give what the journal has. Must be 0." },
    unit: "none", runbook: "ScrubDefects", w: 12, h: 5, named: true, steps: NONE,
    queries: [{ expr: ofOwner("lienthong_scrub_defective_records"), legend: OWNER }],
  }],
];

const copies = [
  [lines, {
    title: { vi: "Mười độ trễ lớn nhất", en: "The ten largest lags" },
    about: { vi: "Tuổi của tin mới nhất đã áp dụng khi còn tin chờ; 0 khi không chờ.",
      en: "Age of the newest message applied while newer ones wait; 0 when none waits." },
    unit: "s", runbook: "UnitBehind", min: 0,
    queries: [{ expr: "topk(10, max by (unit) (lienthong_feed_lag_seconds))", legend: "{{unit}}" }],
  }],
  [lines, {
    title: { vi: "Mười nơi lâu nhất chưa được xác nhận khớp", en: "The ten longest not confirmed" },
    about: { vi: `Từ lần cuối được xác nhận có đủ mọi thay đổi. Trên ${BEHIND_SECONDS} giây: chậm.`,
      en: `Since it last had every change for sure. Above ${BEHIND_SECONDS} seconds: behind.` },
    unit: "s", runbook: "UnitBehind", min: 0,
    queries: [{ legend: "{{unit}}", expr: `topk(10,
      time() - max by (unit) (lienthong_feed_verified_timestamp_seconds > 0))` }],
  }],
  [lines, {
    title: { vi: "Bản ghi lệch theo loại", en: "Records that differ, by type" },
    about: { vi: "Tìm thấy khi so với dịch vụ gốc, và tự được sửa. Bình thường là 0.",
      en: "Found by comparing with the owner, and healed. Normally 0." },
    unit: "none", runbook: "UnitDiverged", min: 0,
    queries: [{ legend: "{{type}}",
      expr: "sum by (type) (max by (unit, type) (lienthong_feed_divergent_records))" }],
  }],
  [lines, {
    title: { vi: "Tin áp dụng", en: "Messages applied" },
    about: { vi: "Vào bản sao của các đơn vị (replica) và của các dịch vụ.",
      en: "To the copies of units (replica) and of services." },
    unit: "cps", runbook: "ManyUnitsBehind", min: 0,
    queries: [{ legend: "{{job}}",
      expr: "sum by (job) (rate(lienthong_feed_messages_total[$__rate_interval]))" }],
  }],
  [grid, {
    title: { vi: "Tin không áp dụng được", en: "Parked events" },
    about: { vi: "Được để riêng; chỉ bản ghi đó chờ. Xem lý do bằng lệnh lienthong parked. " +
      "Bảng trống là không có.",
    en: "They could not be applied; only their record waits. lienthong parked shows the reason. " +
      "An empty table: there is none." },
    unit: "none", runbook: "ParkedEvents", w: 12,
    rows: [{ label: "consumer", name: { vi: "Nơi nhận", en: "Reader" } }],
    queries: [{ name: { vi: "Số tin", en: "Events" }, unit: "none", steps: NONE,
      expr: "max by (consumer) (lienthong_parked_events) > 0" }],
  }],
  [lines, {
    title: { vi: "Tổng số tin không áp dụng được", en: "Parked events, all" },
    about: { vi: "Của mọi nơi nhận. Bình thường là 0.", en: "Of all readers. Normally 0." },
    unit: "none", runbook: "ParkedEvents", min: 0,
    queries: [{ expr: "sum(max by (consumer) (lienthong_parked_events))",
      legend: { vi: "Tin", en: "Events" } }],
  }],
];

export const feeds = {
  name: "feeds",
  title: { vi: "Nguồn tin và bộ gửi", en: "Feeds and relay" },
  about: { vi: "Đường đi của thay đổi từ dịch vụ gốc đến các bản sao.",
    en: "The way of changes from the owners to the copies." },
  from: "now-1h",
  rows: [
    { title: { vi: "Bộ gửi", en: "Relays" }, panels: relays },
    { title: { vi: "Sổ nhật ký", en: "Journals" }, panels: journals },
    { title: { vi: "Các bản sao", en: "Copies" }, panels: copies },
  ],
};
