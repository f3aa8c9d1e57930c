#include <algorithm>
#include <map>
#include <set>

#include "platform/access/purpose.hpp"
#include "platform/base/error.hpp"
#include "platform/base/text.hpp"
#include "registry/name_search.hpp"
#include "registry/records.hpp"
#include "registry/service.hpp"
#include "registry/service_requests.hpp"

namespace lienthong::registry {
namespace {

constexpr int kSearchPageDefault = 20;
constexpr int kSearchPageMax = 100;
constexpr int kDuplicatesMax = 100;

/// Where a caller may look: everywhere with an agreement on the record type, else in the communes
/// of its territory; of these, only `commune_code` if it is not empty.
Communes CommunesOf(const rpc::Call& call, const std::string& record_type,
                    const std::string& commune_code, const access::Sharing& sharing) {
  const bool everywhere =
      sharing.AgreementView(record_type, call.caller, kViewsWidestFirst).has_value();
  if (everywhere && commune_code.empty()) return std::nullopt;
  if (everywhere) return std::vector<std::string>{commune_code};
  std::vector<std::string> communes = sharing.CommunesSeenBy(call.caller);
  if (commune_code.empty()) return communes;
  const bool seen = std::find(communes.begin(), communes.end(), commune_code) != communes.end();
  return seen ? std::vector<std::string>{commune_code} : std::vector<std::string>{};
}

/// Page tokens carry the key and the id of the last row; a key has no control characters.
std::string ToPosition(const Place& place) { return place.key + "\n" + place.id; }

Place SearchPlaceOf(const std::string& position) {
  if (position.empty()) return {};
  const std::size_t cut = position.find('\n');
  if (cut == std::string::npos) {
    throw base::Invalid("PAGE_TOKEN_INVALID", "page_token", "is not a token of this list");
  }
  return {position.substr(0, cut), position.substr(cut + 1)};
}

/// Cuts the row that shows that there is more; returns the position to go on from, or "".
std::string CutPage(std::vector<Place>& places, int page_size) {
  if (places.size() <= static_cast<std::size_t>(page_size)) return {};
  places.resize(static_cast<std::size_t>(page_size));
  return ToPosition(places.back());
}

std::optional<KeyRange> ToRange(const std::string& name) {
  const std::string text = base::CheckText(name, "name", kNameCharactersMax, false);
  if (text.empty()) return std::nullopt;
  return RangeOf(text);
}

/// Criteria that the index did not check.
bool Fits(const Citizen& citizen, const v1::FindCitizensRequest& request) {
  if (citizen.state == CitizenState::kMerged) return false;
  if (!request.commune_code().empty() && request.commune_code() != citizen.address.commune_code) {
    return false;
  }
  if (!request.birth_date().empty() &&
      request.birth_date() != base::FormatDay(citizen.birth_date)) {
    return false;
  }
  const auto name = ToRange(request.name());
  return !name || Matches(citizen.full_name, *name);
}

/// The numbers that a person holds or held.
std::vector<std::string> NumbersOf(const Citizen& citizen) {
  std::vector<std::string> numbers = citizen.old_identity_numbers;
  if (citizen.identity_number) numbers.push_back(*citizen.identity_number);
  return numbers;
}

bool SameNameAndBirth(const Citizen& a, const Citizen& b) {
  return a.birth_date == b.birth_date && base::Fold(a.full_name) == base::Fold(b.full_name);
}

}  // namespace

std::vector<Place> RegistryService::FindCitizenPlaces(pg::Tx& tx, const Call& call,
                                                      const access::Sharing& sharing,
                                                      const v1::FindCitizensRequest& request,
                                                      const Place& after, int limit) {
  const auto name = ToRange(request.name());
  const Communes communes = CommunesOf(call, kCitizenType, request.commune_code(), sharing);
  if (communes && communes->empty()) return {};
  if (!request.identity_number().empty()) {
    return FindCitizensByNumbers(tx, {request.identity_number()}, after, limit);
  }
  if (!request.birth_date().empty()) {
    const Day birth_date = CheckDay(request.birth_date(), "birth_date", Today(call));
    return FindCitizensByBirthDate(tx, birth_date, name, communes, after, limit);
  }
  if (name) return FindCitizensByName(tx, *name, communes, after, limit);
  return FindCitizensByCommune(tx, request.commune_code(), after, limit);
}

v1::FindCitizensResponse RegistryService::FindCitizens(const Call& call,
                                                       const v1::FindCitizensRequest& request) {
  const std::string purpose = access::CheckPurpose(request.purpose());
  const std::string& number = request.identity_number();
  if (!number.empty() && !IsOldIdentityNumber(number)) {
    throw base::Invalid("IDENTITY_NUMBER_INVALID", "identity_number", "must be 9 or 12 digits");
  }
  if (!request.birth_date().empty()) CheckDay(request.birth_date(), "birth_date", Today(call));
  base::CheckText(request.commune_code(), "commune_code", 5, false);
  if (!ToRange(request.name()) && request.birth_date().empty() && number.empty() &&
      request.commune_code().empty()) {
    throw base::InvalidField("name", "at least one criterion is required");
  }
  const int page_size = rpc::PageSize(request.page_size(), kSearchPageDefault, kSearchPageMax);
  const Place after = SearchPlaceOf(tokens_.Read(call, request));

  return pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    const auto sharing = sharing_.Read(tx);
    auto places = FindCitizenPlaces(tx, call, *sharing, request, after, page_size + 1);
    const std::string next = CutPage(places, page_size);
    std::vector<CitizenId> ids;
    for (const Place& place : places) ids.push_back({place.id});

    v1::FindCitizensResponse answer;
    std::vector<CitizenId> shown;
    for (const SeenCitizen& seen : ReadCitizens(tx, call, *sharing, ids)) {
      if (!Fits(seen.stored.citizen, request)) continue;
      // Finding by a number tells the number: only for those who see it.
      if (!number.empty() && seen.view != kFullView) continue;
      *answer.add_citizens() = seen.Message();
      shown.push_back(seen.stored.citizen.id);
    }
    LogReads(tx, call, shown, purpose);
    if (!next.empty()) answer.set_next_page_token(tokens_.Make(call, request, next));
    return answer;
  });
}

v1::FindDuplicatesResponse RegistryService::FindDuplicates(
    const Call& call, const v1::FindDuplicatesRequest& request) {
  const std::string purpose = access::CheckPurpose(request.purpose());
  const CitizenId id = ToCitizenId(request.citizen_id());
  return pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    const auto sharing = sharing_.Read(tx);
    const SeenCitizen subject = ReadCitizen(tx, call, *sharing, id);
    const Citizen& citizen = subject.stored.citizen;
    const Communes communes = CommunesOf(call, kCitizenType, "", *sharing);

    // Every key that is this folded name and nothing more: the first character that no key holds.
    const std::string folded = base::Fold(citizen.full_name);
    const KeyRange same_name{folded, folded + '\x01'};
    std::vector<Place> places = FindCitizensByBirthDate(tx, citizen.birth_date, same_name, communes,
                                                        {}, kDuplicatesMax + 1);
    const bool incomplete = !CutPage(places, kDuplicatesMax).empty();
    // A number is compared only by those who see it.
    std::set<std::string> by_number;
    if (subject.view == kFullView) {
      for (Place& place : FindCitizensByNumbers(tx, NumbersOf(citizen), {}, kDuplicatesMax)) {
        by_number.insert(place.id);
        places.push_back(std::move(place));
      }
    }
    std::set<CitizenId> ids;
    for (const Place& place : places) ids.insert({place.id});
    ids.erase(id);

    v1::FindDuplicatesResponse answer;
    answer.set_incomplete(incomplete);
    std::vector<CitizenId> shown{id};  // what the others are like tells of the subject
    for (const SeenCitizen& seen : ReadCitizens(tx, call, *sharing, {ids.begin(), ids.end()})) {
      const Citizen& candidate = seen.stored.citizen;
      const bool same_number = seen.view == kFullView && by_number.contains(candidate.id.text);
      if (!same_number && !SameNameAndBirth(candidate, citizen)) continue;
      if (candidate.state == CitizenState::kMerged) continue;
      *answer.add_candidates() = seen.Message();
      shown.push_back(candidate.id);
    }
    LogReads(tx, call, shown, purpose);
    return answer;
  });
}

v1::FindEnterprisesResponse RegistryService::FindEnterprises(
    const Call& call, const v1::FindEnterprisesRequest& request) {
  const auto name = ToRange(request.name());
  const std::string number = request.tax_number().empty()
                                 ? std::string()
                                 : CheckTaxNumber(request.tax_number(), "tax_number", Today(call));
  const std::string commune_code =
      base::CheckText(request.commune_code(), "commune_code", 5, false);
  if (!name && number.empty() && commune_code.empty()) {
    throw base::InvalidField("name", "at least one criterion is required");
  }
  const int page_size = rpc::PageSize(request.page_size(), kSearchPageDefault, kSearchPageMax);
  const Place after = SearchPlaceOf(tokens_.Read(call, request));

  return pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    const auto sharing = sharing_.Read(tx);
    const Communes communes = CommunesOf(call, kEnterpriseType, commune_code, *sharing);
    std::vector<Place> places;
    if (!number.empty()) {
      if (const auto id = SelectEnterpriseByTaxNumber(tx, number)) places.push_back({"", id->text});
    } else if (communes && communes->empty()) {
      return v1::FindEnterprisesResponse();
    } else if (name) {
      places = FindEnterprisesByName(tx, *name, communes, after, page_size + 1);
    } else {
      places = FindEnterprisesByCommune(tx, commune_code, after, page_size + 1);
    }
    const std::string next = CutPage(places, page_size);
    std::vector<EnterpriseId> ids;
    for (const Place& place : places) ids.push_back({place.id});
    std::map<EnterpriseId, StoredEnterprise> found;
    for (StoredEnterprise& stored : SelectEnterprises(tx, ids)) {
      const EnterpriseId id = stored.enterprise.id;
      found.emplace(id, std::move(stored));
    }

    v1::FindEnterprisesResponse answer;
    for (const EnterpriseId& id : ids) {
      const auto stored = found.find(id);
      if (stored == found.end()) continue;
      const Enterprise& enterprise = stored->second.enterprise;
      const std::string& code = enterprise.address.commune_code;
      if (name && !Matches(enterprise.name, *name)) continue;
      if (!commune_code.empty() && code != commune_code) continue;
      const auto view = ViewFor(call.caller, kEnterpriseType, code, *sharing);
      if (view) *answer.add_enterprises() = ToMessage(enterprise, stored->second.version, *view);
    }
    if (!next.empty()) answer.set_next_page_token(tokens_.Make(call, request, next));
    return answer;
  });
}

}  // namespace lienthong::registry
