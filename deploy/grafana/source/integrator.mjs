// For those who connect systems of others: what is published to the topics, and who is refused.

import { COLOURS, grid, lines, note } from "./panels.mjs";

const RATE = "[$__rate_interval]";
const DOMAIN = 'topic=~"lienthong[.][a-z]+[.][a-z-]+[.]v1"';
const TOPIC = { label: "topic", name: { vi: "Chủ đề", en: "Topic" } };
const PAGE = { vi: "integrators/README.vi.md", en: "integrators/README.md" };

const topics = [
  [lines, {
    title: { vi: "Tin theo chủ đề nghiệp vụ", en: "Messages by domain topic" },
    about: { vi: "Chủ đề mà hệ thống có quyền toàn tỉnh đọc. 0 là không có thay đổi.",
      en: "Topics that systems with a province-wide grant read. 0: nothing changes." },
    unit: "cps", page: PAGE, min: 0,
    queries: [{ legend: "{{topic}}",
      expr: `sum by (topic) (rate(lienthong_relay_messages_total{${DOMAIN}}${RATE}))` }],
  }],
  [lines, {
    title: { vi: "Dung lượng theo chủ đề nghiệp vụ", en: "Bytes by domain topic" },
    about: { vi: "Đường truyền mà một hệ thống đọc chủ đề đó cần.",
      en: "The link that a system needs which reads the topic." },
    unit: "Bps", page: PAGE, min: 0,
    queries: [{ legend: "{{topic}}",
      expr: `sum by (topic) (rate(lienthong_relay_bytes_total{${DOMAIN}}${RATE}))` }],
  }],
  [lines, {
    title: { vi: "Mười nguồn tin nhiều tin nhất", en: "The ten feeds with most messages" },
    about: { vi: "Nguồn tin của đơn vị, của dịch vụ và nguồn chung của tỉnh, kể cả mốc so khớp.",
      en: "Feeds of units and services, and the province's; barriers included." },
    unit: "cps", page: PAGE, min: 0,
    queries: [{ legend: "{{topic}}", expr: `topk(10, sum by (topic)
      (rate(lienthong_relay_messages_total{topic=~"lienthong[.]feed[.].+"}${RATE})))` }],
  }],
  [grid, {
    title: { vi: "Chủ đề: tin từ khi khởi động", en: "Topics: messages since the start" },
    about: { vi: "Đếm từ khi tiến trình gửi vào chủ đề đó khởi động.",
      en: "Counted since the process that publishes the topic started." },
    unit: "short", page: PAGE, w: 12, rows: [TOPIC],
    queries: [
      { name: { vi: "Tin", en: "Messages" }, unit: "short",
        expr: `sum by (topic) (lienthong_relay_messages_total{${DOMAIN}})` },
      { name: { vi: "Dung lượng", en: "Bytes" }, unit: "bytes",
        expr: `sum by (topic) (lienthong_relay_bytes_total{${DOMAIN}})` }],
  }],
];

const refusals = [
  [lines, {
    title: { vi: "Lượt gọi bị từ chối theo lý do", en: "Calls refused, by reason" },
    about: { vi: "Lý do mà người gọi cũng nhận được. Hệ thống nào bị từ chối nằm trong nhật ký.",
      en: "The reason that the caller gets too. Which system was refused is in the log." },
    unit: "reqps", page: PAGE, min: 0,
    queries: [{ legend: "{{job}} {{reason}}",
      expr: `sum by (job, reason) (rate(lienthong_access_denied_total${RATE}))` }],
  }],
  [lines, {
    title: { vi: "Lượt gọi lỗi do người gọi", en: "Calls that fail by the caller" },
    about: { vi: "Không có chứng thư, không có quyền, yêu cầu sai, quá hạn mức.",
      en: "No certificate, no right, a wrong request, a quota used up." },
    unit: "reqps", runbook: "ErrorRateHigh", min: 0,
    queries: [{ legend: "{{job}} {{grpc_code}}", expr: `sum by (job, grpc_code) (rate(
      grpc_server_handled_total{grpc_code=~"Unauthenticated|PermissionDenied|InvalidArgument|` +
      `ResourceExhausted|FailedPrecondition"}${RATE}))` }],
  }],
  [lines, {
    title: { vi: "Open311: yêu cầu bị từ chối", en: "Open311: requests refused" },
    about: { vi: "Mã HTTP 4xx của cổng: khóa sai (403), không có (404), sai (400), quá nhiều " +
      "(429). Gồm cả trang của người dân.",
    en: "HTTP codes 4xx of the portal: wrong key (403), unknown (404), wrong (400), too many " +
      "(429). The citizens' pages are included." },
    unit: "reqps", page: PAGE, min: 0,
    queries: [{ legend: "{{code}}",
      expr: `sum by (code) (rate(lienthong_portal_requests_total{code=~"4.."}${RATE}))` }],
  }],
  [note, {
    title: { vi: "Kafka từ chối ai", en: "Whom Kafka refuses" },
    about: { vi: "Nơi tìm việc từ chối đọc chủ đề.",
      en: "Where refusals to read a topic are found." },
    page: PAGE, w: 12,
    content: {
      vi: "Kafka không đưa số lần từ chối ra Prometheus. Chúng nằm trong nhật ký của broker: mỗi " +
        "dòng `is Denied operation` nêu tên hệ thống (`User:...`), chủ đề và quyền bị thiếu.",
      en: "Kafka does not show its refusals to Prometheus. They are in the broker's log: each " +
        "line `is Denied operation` names the system (`User:...`), the topic, the missing right.",
    },
  }],
];

const certificates = [
  [grid, {
    title: { vi: "Chứng thư sắp hết hạn", en: "Certificates that end first" },
    about: { vi: "Của các tiến trình và đơn vị của tỉnh. Chứng thư của hệ thống bên ngoài do bên " +
      "đó giữ, không hiện ở đây.",
    en: "Of the province's processes and units. Those of systems of others are kept by them and " +
      "are not shown here." },
    unit: "s", runbook: "CertificateEndsSoon", w: 24,
    rows: [{ label: "system", name: { vi: "Hệ thống", en: "System" } }],
    queries: [{ name: { vi: "Hết hạn sau", en: "Ends in" }, unit: "s", decimals: 0, ascending: true,
      steps: [[null, COLOURS.bad], [259200, COLOURS.warn], [864000, COLOURS.good]],
      expr: `bottomk(20, min by (system)
        (lienthong_certificate_expiry_timestamp_seconds) - time())` }],
  }],
];

export const integrator = {
  name: "integrator",
  title: { vi: "Bên kết nối", en: "Integrator" },
  about: { vi: "Lượng tin của các chủ đề, và việc từ chối.",
    en: "Rates of the topics, and refusals." },
  from: "now-1h",
  rows: [
    { title: { vi: "Chủ đề", en: "Topics" }, panels: topics },
    { title: { vi: "Từ chối", en: "Refusals" }, panels: refusals },
    { title: { vi: "Chứng thư", en: "Certificates" }, panels: certificates },
  ],
};
