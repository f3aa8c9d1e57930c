// One service: the calls that it answers, its commits and its database.

import { CHOSEN, NONE } from "./expressions.mjs";
import { COLOURS, lines, numbers } from "./panels.mjs";

const RPC = "{{grpc_method}}";
const errors = `grpc_server_handled_total{${CHOSEN},grpc_code=~` +
  '"Unknown|Internal|Unavailable|DeadlineExceeded|ResourceExhausted|DataLoss"}';
const quantile = (share, by) => `histogram_quantile(${share},
  sum by (le${by}) (rate(grpc_server_handling_seconds_bucket{${CHOSEN}}[$__rate_interval])))`;

const processes = [
  [numbers, {
    title: { vi: "Tiến trình đang chạy", en: "Processes up" },
    about: { vi: "1: tiến trình trả lời Prometheus. 0: không trả lời.",
      en: "1: the process answers Prometheus. 0: it does not." },
    unit: "none", runbook: "OwnerDown", w: 6, h: 5, named: true,
    steps: [[null, COLOURS.bad], [1, COLOURS.good]],
    queries: [{ expr: `up{${CHOSEN}}`, legend: "{{job}} {{instance}}" }],
  }],
  [numbers, {
    title: { vi: "Phiên bản", en: "Version" },
    about: { vi: "Số tiến trình của từng phiên bản. Hai phiên bản chỉ khi đang nâng cấp.",
      en: "Processes of each version. Two versions only during an upgrade." },
    unit: "none", page: "prometheus/METRICS.md", w: 6, h: 5, named: true,
    queries: [{ expr: `count by (version) (lienthong_build_info{${CHOSEN}})`,
      legend: "{{version}}" }],
  }],
  [numbers, {
    title: { vi: "Thời gian chạy", en: "Running for" },
    about: { vi: "Từ khi tiến trình khởi động. Ngắn và lặp lại là tiến trình bị khởi động lại.",
      en: "Since the process started. Short again and again: it is being restarted." },
    unit: "s", runbook: "OwnerDown", w: 6, h: 5, named: true, decimals: 0,
    queries: [{ expr: `time() - process_start_time_seconds{${CHOSEN}}`,
      legend: "{{job}} {{instance}}" }],
  }],
  [numbers, {
    title: { vi: "Chứng thư hết hạn sau", en: "Certificates end in" },
    about: { vi: "Chứng thư hết hạn sớm nhất của tiến trình. Dưới 10 ngày: gia hạn.",
      en: "The certificate of the process that ends first. Below 10 days: renew it." },
    unit: "s", runbook: "CertificateEndsSoon", w: 6, h: 5, named: true, decimals: 0,
    steps: [[null, COLOURS.bad], [259200, COLOURS.warn], [864000, COLOURS.good]],
    queries: [{ legend: "{{job}}", expr: `min by (job)
      (lienthong_certificate_expiry_timestamp_seconds{${CHOSEN}}) - time()` }],
  }],
];

const calls = [
  [lines, {
    title: { vi: "Lượt gọi theo RPC", en: "Calls by RPC" },
    about: { vi: "Lượt gọi được trả lời mỗi giây, kể cả bị từ chối.",
      en: "Calls answered each second, refused ones included." },
    unit: "reqps", runbook: "ErrorRateHigh",
    queries: [{ legend: RPC, expr: `sum by (grpc_method)
      (rate(grpc_server_handled_total{${CHOSEN}}[$__rate_interval]))` }],
  }],
  [lines, {
    title: { vi: "Câu trả lời theo mã", en: "Answers by code" },
    about: { vi: "Mã gRPC của câu trả lời. OK là bình thường; NotFound, PermissionDenied và " +
      "InvalidArgument do người gọi; còn lại do hệ thống.",
    en: "gRPC codes of the answers. OK is normal; NotFound, PermissionDenied and InvalidArgument " +
      "are the caller's; the others are the system's." },
    unit: "reqps", runbook: "ErrorRateHigh", stacked: true,
    queries: [{ legend: "{{grpc_code}}", expr: `sum by (grpc_code)
      (rate(grpc_server_handled_total{${CHOSEN}}[$__rate_interval]))` }],
  }],
  [lines, {
    title: { vi: "Tỷ lệ lỗi của hệ thống", en: "Share of errors of the system" },
    about: { vi: "Phần câu trả lời có lỗi không do người gọi. Bình thường là 0.",
      en: "Answers with an error that is not the caller's, of all. Normally 0." },
    unit: "percentunit", runbook: "ErrorRateHigh", min: 0,
    queries: [{ legend: "{{job}}", expr: `
      (sum by (job) (rate(${errors}[$__rate_interval]))
        or 0 * sum by (job) (rate(grpc_server_handled_total{${CHOSEN}}[$__rate_interval])))
      / (sum by (job) (rate(grpc_server_handled_total{${CHOSEN}}[$__rate_interval])) > 0)` }],
  }],
  [lines, {
    title: { vi: "Lỗi của hệ thống theo RPC", en: "Errors of the system by RPC" },
    about: { vi: "RPC nào lỗi. Trống là không có lỗi. Nguyên nhân nằm trong nhật ký, theo mã " +
      "lượt gọi.",
    en: "Which RPC fails. Empty: none does. The cause is in the log, under the request." },
    unit: "reqps", runbook: "ErrorRateHigh",
    queries: [{ legend: `${RPC} {{grpc_code}}`, expr: `sum by (grpc_method, grpc_code)
      (rate(${errors}[$__rate_interval]))` }],
  }],
  [lines, {
    title: { vi: "Thời gian trả lời", en: "Time to answer" },
    about: { vi: "Từ khi lượt gọi đến đến khi trả lời, kể cả chờ: một nửa, 95% và 99% nhanh hơn.",
      en: "From arrival to answer, waiting included: half, 95% and 99% are faster." },
    unit: "s", runbook: "LatencyHigh",
    queries: [
      { expr: quantile(0.5, ""), legend: "50%" }, { expr: quantile(0.95, ""), legend: "95%" },
      { expr: quantile(0.99, ""), legend: "99%" }],
  }],
  [lines, {
    title: { vi: "Thời gian trả lời theo RPC, 95%", en: "Time to answer by RPC, 95%" },
    about: { vi: "95% lượt gọi của mỗi RPC nhanh hơn.",
      en: "95% of the calls of an RPC are faster." },
    unit: "s", runbook: "LatencyHigh",
    queries: [{ expr: quantile(0.95, ", grpc_method"), legend: RPC }],
  }],
  [lines, {
    title: { vi: "Lượt gọi đang xử lý và chờ", en: "Calls being answered or waiting" },
    about: { vi: "Lượt gọi đã đến và chưa được trả lời: đang xử lý và trong hàng chờ. Tăng mãi " +
      "là quá tải.",
    en: "Calls that arrived and are not answered yet: with a worker or in the queue. Ever " +
      "more: overload." },
    unit: "none", runbook: "LatencyHigh", min: 0,
    queries: [{ legend: "{{instance}}", expr: `
      sum by (instance) (grpc_server_started_total{${CHOSEN}})
      - sum by (instance) (grpc_server_handled_total{${CHOSEN}})` }],
  }],
  [lines, {
    title: { vi: "Bị từ chối vì hết chỗ chờ", en: "Refused because the queue was full" },
    about: { vi: "Câu trả lời ResourceExhausted: hàng chờ đầy hoặc hết hạn mức. Bình thường là 0.",
      en: "Answers ResourceExhausted: the queue is full or a quota is used up. Normally 0." },
    unit: "reqps", runbook: "LatencyHigh", min: 0,
    queries: [{ legend: "{{instance}}", expr: `sum by (instance)
      (rate(grpc_server_handled_total{${CHOSEN},grpc_code="ResourceExhausted"}[$__rate_interval]))
      or 0 * sum by (instance) (grpc_server_started_total{${CHOSEN}})` }],
  }],
];

const storage = [
  [lines, {
    title: { vi: "Lượt ghi trong một giao dịch", en: "Calls that share a commit" },
    about: { vi: "Trung bình, và 95% giao dịch có ít hơn. Nhiều hơn 1 khi tải cao: bình thường.",
      en: "On average, and what 95% of the commits stay below. More than 1 under load is normal." },
    unit: "none", page: "prometheus/METRICS.md",
    queries: [
      { legend: { vi: "{{job}} trung bình", en: "{{job}} average" }, expr: `
        sum by (job) (rate(lienthong_commit_batch_size_sum{${CHOSEN}}[$__rate_interval]))
        / (sum by (job)
          (rate(lienthong_commit_batch_size_count{${CHOSEN}}[$__rate_interval])) > 0)` },
      { legend: "{{job}} 95%", expr: `histogram_quantile(0.95, sum by (job, le)
        (rate(lienthong_commit_batch_size_bucket{${CHOSEN}}[$__rate_interval])))` }],
  }],
  [lines, {
    title: { vi: "Giao dịch ghi", en: "Commits" },
    about: { vi: "Giao dịch ghi vào sổ nhật ký mỗi giây.",
      en: "Commits to the journal a second." },
    unit: "ops", page: "prometheus/METRICS.md",
    queries: [{ legend: "{{job}}", expr: `sum by (job)
      (rate(lienthong_commit_batch_size_count{${CHOSEN}}[$__rate_interval]))` }],
  }],
  [lines, {
    title: { vi: "Dung lượng cơ sở dữ liệu", en: "Size of the database" },
    about: { vi: "Toàn bộ, và riêng sổ nhật ký. Sổ nhật ký chỉ tăng.",
      en: "All of it, and the journal alone, which only grows." },
    unit: "bytes", runbook: "JournalFullSoon", min: 0,
    queries: [
      { legend: { vi: "{{job}} tất cả", en: "{{job}} all" },
        expr: `max by (job) (lienthong_database_bytes{${CHOSEN}})` },
      { legend: { vi: "{{job}} sổ nhật ký", en: "{{job}} journal" },
        expr: `max by (job) (lienthong_journal_bytes{${CHOSEN}})` }],
  }],
  [lines, {
    title: { vi: "Lệch đồng hồ", en: "Clocks apart" },
    about: { vi: "Đồng hồ của PostgreSQL và Kafka so với của tiến trình. Quá vài giây: xem NTP.",
      en: "Clocks of PostgreSQL and Kafka against the machine of the process. More than seconds: " +
        "look at NTP." },
    unit: "s", runbook: "ClocksApart",
    queries: [{ expr: `lienthong_clock_offset_seconds{${CHOSEN}}`,
      legend: "{{job}} {{instance}} {{peer}}" }],
  }],
];

const machine = [
  [lines, {
    title: { vi: "Bộ nhớ", en: "Memory" },
    about: { vi: "Bộ nhớ của từng tiến trình. Tăng mãi khi tải không đổi là rò rỉ.",
      en: "Memory of each process. Ever more under the same load is a leak." },
    unit: "bytes", page: "prometheus/METRICS.md", w: 8,
    queries: [{ expr: `process_resident_memory_bytes{${CHOSEN}}`, legend: "{{job}} {{instance}}" }],
  }],
  [lines, {
    title: { vi: "Bộ xử lý", en: "Processor" },
    about: { vi: "Số nhân mà tiến trình dùng.", en: "Cores that a process uses." },
    unit: "none", runbook: "LatencyHigh", w: 8,
    queries: [{ expr: `rate(process_cpu_seconds_total{${CHOSEN}}[$__rate_interval])`,
      legend: "{{job}} {{instance}}" }],
  }],
  [lines, {
    title: { vi: "Tệp và kết nối đang mở", en: "Open files and connections" },
    about: { vi: "Số mô tả tệp của tiến trình. Tăng mãi là rò rỉ.",
      en: "File descriptors of a process. Ever more is a leak." },
    unit: "none", page: "prometheus/METRICS.md", w: 8,
    queries: [{ expr: `process_open_fds{${CHOSEN}}`, legend: "{{job}} {{instance}}" }],
  }],
  [lines, {
    title: { vi: "Ổ đĩa còn trống", en: "Free space of the disks" },
    about: { vi: "Phần còn trống của từng ổ đĩa.", en: "Share of each disk that is free." },
    unit: "percentunit", runbook: "DiskFullSoon", min: 0, max: 1, w: 8,
    queries: [{ legend: "{{instance}} {{mountpoint}}", expr: `
      node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|squashfs|devtmpfs"}
      / node_filesystem_size_bytes{fstype!~"tmpfs|ramfs|squashfs|devtmpfs"}` }],
  }],
  [lines, {
    title: { vi: "Máy: bộ nhớ còn lại", en: "Machines: memory left" },
    about: { vi: "Bộ nhớ mà máy còn cấp được.", en: "Memory that the machine can still give." },
    unit: "bytes", page: "prometheus/METRICS.md", min: 0, w: 8,
    queries: [{ expr: "node_memory_MemAvailable_bytes", legend: "{{instance}}" }],
  }],
  [lines, {
    title: { vi: "Máy: tải và đồng hồ", en: "Machines: load and clock" },
    about: { vi: "Số tiến trình chạy hoặc chờ chạy, trung bình 1 phút; và đồng hồ của máy lệch " +
      "bao nhiêu giây so với NTP.",
    en: "Processes that run or wait to, over 1 minute; and by how many seconds the machine's " +
      "clock is off NTP." },
    unit: "none", runbook: "ClocksApart", w: 8,
    queries: [
      { expr: "node_load1", legend: { vi: "{{instance}} tải", en: "{{instance}} load" } },
      { expr: "node_timex_offset_seconds",
        legend: { vi: "{{instance}} lệch (giây)", en: "{{instance}} offset (s)" } }],
  }],
];

const own = [
  [numbers, {
    title: { vi: "Tệp đính kèm bị mất", en: "Attachments missing" },
    about: { vi: "Tệp có trong cơ sở dữ liệu nhưng không có trên đĩa. Phải là 0.",
      en: "Files that the database knows and the disk has not. Must be 0." },
    unit: "none", runbook: "FilesMissing", w: 6, h: 5, steps: NONE, named: true,
    queries: [{ expr: "max by (service) (lienthong_files_missing)", legend: "{{service}}" }],
  }],
  [numbers, {
    title: { vi: "Tệp không ai biết", en: "Files that nobody knows" },
    about: { vi: "Tệp có trên đĩa nhưng không có trong cơ sở dữ liệu. Chỉ tốn chỗ.",
      en: "Files that the disk has and the database does not know. They only take room." },
    unit: "none", runbook: "FilesMissing", w: 6, h: 5, named: true,
    steps: [[null, COLOURS.good], [1, COLOURS.warn]],
    queries: [{ expr: "max by (service) (lienthong_files_unknown)", legend: "{{service}}" }],
  }],
  [lines, {
    title: { vi: "Cổng: yêu cầu HTTP theo mã", en: "Portal: HTTP requests by status" },
    about: { vi: "Trang của người dân và Open311. 5xx là lỗi của hệ thống.",
      en: "The citizens' pages and Open311. 5xx are errors of the system." },
    unit: "reqps", runbook: "ErrorRateHigh", stacked: true,
    queries: [{ legend: "{{code}}", expr: `sum by (code)
      (rate(lienthong_portal_requests_total[$__rate_interval]))` }],
  }],
  [lines, {
    title: { vi: "Cổng: thời gian trả lời", en: "Portal: time to answer" },
    about: { vi: "Từ dòng đầu của yêu cầu đến câu trả lời: một nửa và 95% nhanh hơn.",
      en: "From the request line to the answer: half and 95% are faster." },
    unit: "s", runbook: "LatencyHigh",
    queries: [0.5, 0.95].map((share) => ({ legend: `${100 * share}%`, expr: `histogram_quantile(
      ${share}, sum by (le) (rate(lienthong_portal_request_seconds_bucket[$__rate_interval])))` })),
  }],
  [lines, {
    title: { vi: "Cổng: kết nối", en: "Portal: connections" },
    about: { vi: "Kết nối đang mở.", en: "Connections that are open." },
    unit: "none", runbook: "LatencyHigh", w: 8, min: 0,
    queries: [{ legend: "{{instance}}", expr: "lienthong_portal_connections" }],
  }],
  [lines, {
    title: { vi: "Cổng: kết nối bị cắt", en: "Portal: connections cut off" },
    about: { vi: "Kết nối bị cắt vì quá chậm. Nhiều là có người tấn công hoặc mạng kém.",
      en: "Connections cut off because they did not get on. Many: an attack, or a bad network." },
    unit: "cps", runbook: "LatencyHigh", w: 8, min: 0,
    queries: [{ legend: "{{instance}}",
      expr: "rate(lienthong_portal_connections_cut_off_total[$__rate_interval])" }],
  }],
  [lines, {
    title: { vi: "Cổng: dung lượng đang nhận", en: "Portal: bodies being received" },
    about: { vi: "Nội dung của yêu cầu chưa được trả lời, có giới hạn.",
      en: "Bodies of requests that are not answered yet; limited." },
    unit: "bytes", runbook: "LatencyHigh", w: 8, min: 0,
    queries: [{ legend: "{{instance}}", expr: "lienthong_portal_body_bytes" }],
  }],
];

export const service = {
  name: "service",
  title: { vi: "Dịch vụ", en: "Service" },
  about: { vi: "Lượt gọi, lỗi, thời gian trả lời, hàng chờ, giao dịch và cơ sở dữ liệu.",
    en: "Calls, errors, time to answer, queue, commits and database." },
  from: "now-1h",
  variables: [
    { name: "job", label: { vi: "Dịch vụ", en: "Service" }, all: true,
      query: "label_values(lienthong_build_info, job)" },
    { name: "instance", label: { vi: "Tiến trình", en: "Process" }, all: true,
      query: 'label_values(lienthong_build_info{job=~"$job"}, instance)' },
  ],
  rows: [
    { title: { vi: "Tiến trình", en: "Processes" }, panels: processes },
    { title: { vi: "Lượt gọi", en: "Calls" }, panels: calls },
    { title: { vi: "Giao dịch và cơ sở dữ liệu", en: "Commits and database" }, panels: storage },
    { title: { vi: "Máy và tiến trình", en: "Machines and processes" }, panels: machine },
    { title: { vi: "Tệp đính kèm và cổng", en: "Attachments and portal" }, panels: own },
  ],
};
