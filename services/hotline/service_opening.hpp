#pragma once

#include <string>
#include <vector>

#include "hotline/service_access.hpp"
#include "hotline/service_requests.hpp"

/// How a report comes in, for operators and for the citizens' side.
namespace lienthong::hotline {

/// What a request says; checked but for what only the transaction knows.
struct Intake {
  Channel channel = Channel::kPhone;
  bool anonymous = false;
  bool confidential = false;
  std::string text;
  Reporter reporter;  ///< without ids and code
  std::string category_id;
  std::vector<QuestionAnswer> answers;
  v1::Place place;
  std::vector<std::string> photos;      ///< uploads
  std::vector<std::string> recordings;  ///< uploads
  std::string concerned_unit_id;
};

/// Of an OpenTicketRequest or a SubmitReportRequest. Throws FIELD_INVALID, PHONE_INVALID.
template <class Request>
Intake ToIntake(const Request& request) {
  if (request.channel() == v1::CHANNEL_UNSPECIFIED) {
    throw base::InvalidField("channel", "is required");
  }
  Intake intake;
  intake.channel = static_cast<Channel>(request.channel());
  intake.anonymous = request.caller().anonymous();
  intake.confidential = request.confidential();
  intake.text = CheckLongText(request.text(), "text");
  intake.reporter = ToReporter(request.caller());
  intake.category_id = request.category_id();
  intake.answers = ToAnswers(request.question_answers(), "question_answers");
  intake.place = request.place();
  intake.photos = ToUploads(request.attachment_upload_ids(), "attachment_upload_ids");
  intake.concerned_unit_id = request.concerned_unit_id();
  return intake;
}

/// A ticket and the report that made it; not stored yet, but for the uploads, which they have.
struct Opening {
  Ticket ticket;
  Report report;
  Reporter reporter;
};

/// Throws CATEGORY_UNKNOWN, CATEGORY_CLOSED, ANSWER_INVALID, COMMUNE_UNKNOWN,
/// CONCERNED_UNIT_MISSING, UNIT_UNKNOWN, NotFound for an upload.
Opening NewOpening(pg::Tx& tx, const Call& call, const Intake& intake, const Sight& sight,
                   const Parts& parts);
/// Stores it and says so.
Changes StoreOpening(pg::Tx& tx, const Opening& opening, const Sight& sight);

/// The category of a request, open for new reports; nullptr = none is named. Throws
/// CATEGORY_UNKNOWN, CATEGORY_CLOSED.
const Category* OpenCategory(const std::string& id, const Rules& rules);
/// Gives a ticket its category, and with it who keeps it and whom it is kept from.
void PutInto(Ticket& ticket, const Category* category, const std::string& concerned_unit_id,
             const Sight& sight);

/// Uploads of the caller become files of the record. Throws NotFound, UPLOAD_UNFINISHED.
std::vector<Attachment> TakeUploads(pg::Tx& tx, const Call& call,
                                    const std::vector<std::string>& uploads,
                                    const journal::Key& owner);

/// What the caller is answered of it.
journal::Changed Seen(const char* event, const Ticket& ticket, const Sight& sight);
journal::Changed Seen(const char* event, const Assignment& assignment, const Sight& sight);

}  // namespace lienthong::hotline
