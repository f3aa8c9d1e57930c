#include "platform/journal/envelope.hpp"

#include <stdexcept>

namespace lienthong::journal {
namespace {

void Put(std::string& json, std::string_view name, std::string_view value) {
  json += json.size() > 1 ? ",\"" : "\"";
  json.append(name).append("\":\"").append(value).append("\"");
}

}  // namespace

Envelope::Envelope(std::string service) : service_(std::move(service)) {}

std::vector<kafka::Header> Envelope::Common(const std::string& event, const std::string& event_id,
                                            const std::string& time,
                                            const std::string& subject) const {
  return {{"ce_specversion", "1.0"},
          {"ce_id", event_id},
          {"ce_source", "/lienthong/" + service_},
          {"ce_type", "lienthong." + service_ + "." + event},
          {"ce_time", time},
          {"ce_subject", subject}};
}

namespace {

void AddOrder(std::vector<kafka::Header>& headers, const JournalRow& row, std::int64_t epoch,
              std::int64_t sequence) {
  headers.emplace_back("ce_sequence", std::to_string(sequence));
  headers.emplace_back("ce_recordversion", std::to_string(row.version));
  headers.emplace_back("ce_epoch", std::to_string(epoch));
  if (!row.traceparent.empty()) headers.emplace_back("traceparent", row.traceparent);
}

}  // namespace

std::vector<kafka::Header> Envelope::ForFeed(const JournalRow& row, std::int64_t epoch,
                                             std::int64_t sequence, const std::string& view) const {
  auto headers = Common(row.event, row.event_id, row.time, row.key.Text());
  headers.emplace_back("content-type", "application/json");
  AddOrder(headers, row, epoch, sequence);
  headers.emplace_back("ce_view", view);
  return headers;
}

std::vector<kafka::Header> Envelope::ForTombstone(const JournalRow& row, std::int64_t epoch,
                                                  std::int64_t sequence) const {
  auto headers = Common(row.event, row.event_id, row.time, row.key.Text());
  AddOrder(headers, row, epoch, sequence);
  return headers;
}

std::vector<kafka::Header> Envelope::ForDomain(const JournalRow& row, std::int64_t epoch) const {
  auto headers = Common(row.event, row.event_id, row.time, row.key.Text());
  headers.emplace_back("content-type", "application/json");
  AddOrder(headers, row, epoch, row.id);
  return headers;
}

std::vector<kafka::Header> Envelope::ForBarrier(const std::string& event_id, std::int64_t epoch,
                                                std::int64_t sequence,
                                                const std::string& time) const {
  auto headers = Common("Barrier", event_id, time, "barrier/" + service_);
  headers.emplace_back("content-type", "application/json");
  headers.emplace_back("ce_sequence", std::to_string(sequence));
  headers.emplace_back("ce_epoch", std::to_string(epoch));
  return headers;
}

std::vector<kafka::Header> Envelope::ForSeal(const std::string& event_id,
                                             const std::string& time) const {
  auto headers = Common("Sealed", event_id, time, service_);
  headers.emplace_back("content-type", "application/json");
  return headers;
}

std::string BarrierValue(const std::string& owner, const RelayState& state, const std::string& time,
                         const std::map<std::string, SetDigest>& types) {
  std::string json = "{";
  Put(json, "owner", owner);
  Put(json, "epoch", std::to_string(state.epoch));
  Put(json, "complete", std::to_string(state.complete));
  Put(json, "sequence", std::to_string(state.position));
  Put(json, "time", time);
  json += ",\"types\":{";
  bool first = true;
  for (const auto& [type, set] : types) {
    if (!first) json += ',';
    first = false;
    json.append("\"").append(type).append("\":{\"count\":\"").append(std::to_string(set.count));
    json.append("\",\"digest\":\"").append(set.digest.Hex()).append("\"}");
  }
  return json += "}}";
}

std::string SealValue(const std::string& service, const SealRow& seal) {
  std::string json = "{";
  Put(json, "service", service);
  Put(json, "epoch", std::to_string(seal.epoch));
  Put(json, "from", std::to_string(seal.from));
  Put(json, "to", std::to_string(seal.to));
  Put(json, "rows", std::to_string(seal.rows));
  Put(json, "hash", seal.hash);
  Put(json, "previous", seal.previous);
  return json += "}";
}

SealRow ParseSealValue(std::string_view value) {
  const auto fields = PairsFromText(value);
  const auto number = [&](const char* name) {
    const auto found = fields.find(name);
    if (found == fields.end()) throw std::invalid_argument("a seal lacks a field");
    return static_cast<std::int64_t>(std::stoll(found->second));
  };
  return {number("epoch"), number("from"),    number("to"),
          number("rows"),  fields.at("hash"), fields.at("previous")};
}

}  // namespace lienthong::journal
