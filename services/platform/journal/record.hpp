#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

namespace lienthong::journal {

/// Names a record; the feed key is `<type>/<id>`.
struct Key {
  std::string type;
  std::string id;
  /// The caller chose the id of a record that may be new (a unit code, a number book).
  bool create = false;

  std::string Text() const { return type + "/" + id; }
  friend bool operator<(const Key& a, const Key& b) {
    return std::tie(a.type, a.id) < std::tie(b.type, b.id);
  }
  friend bool operator==(const Key& a, const Key& b) { return a.type == b.type && a.id == b.id; }
};

/// Audience member for records that everyone may see.
inline constexpr std::string_view kEveryone = "*";

/// Record type of what operators did, of every owner: nobody is in its audience, so it is in no
/// feed; it is shown to `ops` by JournalService alone.
inline constexpr std::string_view kOperationType = "operation";
inline constexpr const char* kOperationView = "full";

/// The units and services that may see a record -> name of the view each sees. Members are unit
/// codes of carriers, "service-<name>", or kEveryone alone.
using Audience = std::map<std::string, std::string>;

/// A record as its owner publishes it: what `records.cpp` makes; pure.
struct Record {
  struct View {
    std::string name;
    std::unique_ptr<google::protobuf::Message> message;  ///< `version` is set by the journal
  };

  Key key;
  std::vector<View> views;  ///< widest first; the first is the full state
  Audience audience;
  /// Of the sharing rules that the audience was computed with.
  std::int64_t sharing_mark = 0;

  /// Throws std::logic_error when the record has no view of this name.
  const google::protobuf::Message& MessageOf(const std::string& view) const;
};

/// What a use case did to one record.
struct Changed {
  std::string event;  ///< past tense: "CitizenRegistered"
  Record record;
  /// Name of the view that the answer has, where the audience does not say what an official sees;
  /// empty = by the audience. The same for a repeat: Journal::OnAnswer.
  std::string answer_view = {};
  /// What the record says is as before: a row of the same version, only for the feeds whose view of
  /// it changed, or none when that is none. Not of a new record, and not the first of a call.
  bool audience_only = false;
};

/// Canonical proto3 JSON (PROTOCOL, A message). Throws base::Error kInvalid RECORD_TOO_LARGE above
/// 768 KiB.
std::string ToJson(const google::protobuf::Message& message);
/// Ignores fields it does not know. Throws std::invalid_argument on anything else.
void FromJson(std::string_view json, google::protobuf::Message* message);

inline constexpr std::size_t kStateBytesMax = 768 * 1024;

/// `{"H09.718":"full"}`: names -> values in order of the names, as stored in the columns `audience`
/// and `hashes`. Throws std::logic_error on a name that JSON would have to escape.
std::string PairsToText(const std::map<std::string, std::string>& pairs);
/// Throws std::invalid_argument.
std::map<std::string, std::string> PairsFromText(std::string_view text);

/// The same without copies, as long as the text it was made of.
class PairViews {
 public:
  using Pair = std::pair<std::string_view, std::string_view>;

  PairViews() = default;
  /// `pairs` are in order of their names.
  explicit PairViews(std::vector<Pair> pairs) : pairs_(std::move(pairs)) {}

  auto begin() const { return pairs_.begin(); }
  auto end() const { return pairs_.end(); }
  /// Value of a name; nullopt = it is not there.
  std::optional<std::string_view> Find(std::string_view name) const;
  /// Throws std::out_of_range.
  std::string_view At(std::string_view name) const;

 private:
  std::vector<Pair> pairs_;
};
/// Throws std::invalid_argument, also on names that are not in order.
PairViews PairViewsFromText(std::string_view text);

/// Name of the view of `audience` that `caller` sees; nullopt = none.
std::optional<std::string> ViewOf(const Audience& audience, const std::string& caller);

}  // namespace lienthong::journal
