#include "platform/journal/envelope.hpp"

#include <charconv>
#include <stdexcept>

namespace lienthong::journal {
namespace {

constexpr kafka::HeaderView kJson{"content-type", "application/json"};

void Put(std::string& json, std::string_view name, std::string_view value) {
  json += json.size() > 1 ? ",\"" : "\"";
  json.append(name).append("\":\"").append(value).append("\"");
}

}  // namespace

Envelope::Envelope(const std::string& service)
    : service_(service),
      source_("/lienthong/" + service),
      type_prefix_("lienthong." + service + "."),
      barrier_subject_("barrier/" + service) {}

std::string_view Envelope::Digits::Set(std::int64_t number) {
  const auto end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr;
  return {digits_.data(), end};
}

void Envelope::SetCommon(std::string_view event, std::string_view event_id, std::string_view time,
                         std::string_view subject) {
  type_.assign(type_prefix_).append(event);
  headers_.assign({{"ce_specversion", "1.0"},
                   {"ce_id", event_id},
                   {"ce_source", source_},
                   {"ce_type", type_},
                   {"ce_time", time},
                   {"ce_subject", subject}});
}

void Envelope::SetRow(const JournalRow& row, std::string_view key, std::int64_t epoch,
                      std::int64_t sequence) {
  SetCommon(row.event, row.event_id, row.time, key);
  AddOrder(row.version, epoch, sequence);
  if (!row.traceparent.empty()) headers_.emplace_back("traceparent", row.traceparent);
  of_row_ = headers_.size();
}

void Envelope::SetUnknown(std::string_view event_id, std::string_view time, std::string_view key,
                          std::int64_t epoch, std::int64_t sequence) {
  SetCommon("Unknown", event_id, time, key);
  AddOrder(/*version=*/0, epoch, sequence);
  of_row_ = headers_.size();
}

void Envelope::AddOrder(std::int64_t version, std::int64_t epoch, std::int64_t sequence) {
  headers_.emplace_back("ce_sequence", sequence_.Set(sequence));
  headers_.emplace_back("ce_recordversion", version_.Set(version));
  headers_.emplace_back("ce_epoch", epoch_.Set(epoch));
}

Envelope::Headers Envelope::ForDomain() {
  headers_.resize(of_row_);
  headers_.push_back(kJson);
  return headers_;
}

Envelope::Headers Envelope::ForFeed(std::string_view view) {
  ForDomain();
  headers_.emplace_back("ce_view", view);
  return headers_;
}

Envelope::Headers Envelope::ForTombstone() {
  headers_.resize(of_row_);
  return headers_;
}

Envelope::Headers Envelope::ForBarrier(const std::string& event_id, std::int64_t epoch,
                                       std::int64_t sequence, const std::string& time) {
  SetCommon("Barrier", event_id, time, barrier_subject_);
  headers_.push_back(kJson);
  headers_.emplace_back("ce_sequence", sequence_.Set(sequence));
  headers_.emplace_back("ce_epoch", epoch_.Set(epoch));
  return headers_;
}

Envelope::Headers Envelope::ForSeal(const std::string& event_id, const std::string& time) {
  SetCommon("Sealed", event_id, time, service_);
  headers_.push_back(kJson);
  return headers_;
}

std::string BarrierValue(const std::string& owner, const RelayState& state, const std::string& time,
                         const TypeDigests& types) {
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
