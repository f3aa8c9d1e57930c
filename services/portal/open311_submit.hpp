#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/id.hpp"
#include "portal/backend.hpp"
#include "portal/report_form.hpp"
#include "portal/request.hpp"

namespace lienthong::portal::open311 {

/// POST requests: the fields of the form as a report to the hotline; without the key's id and
/// channel. Beyond the standard: `request_id`, a UUID; sent twice with it is one request. Without a
/// description the name of the service stands for it, without a name the words that none was given.
/// Throws NotFound SERVICE_UNKNOWN; FIELD_INVALID with all that is wrong: no service_code, no
/// location, coordinates that are none, an unknown commune, required attributes without an answer,
/// attributes that are not asked for, a text that is too long, a media_url that is none, an
/// argument that comes once and is given several times.
hotline::SubmitReportRequest ReadSubmission(const Values& fields, const Province& province,
                                            base::Ids& ids);

/// Arguments of a POST in the query of its URL: nobody reads them there.
bool HasArguments(const Values& query);

/// The photos of the form (parts `media`, beyond the standard), as many and as large as the page
/// takes. Their uploads are the same for the same submission, and others once it is corrected: with
/// a refusal they are given up. Throws FIELD_INVALID for other files, and under another name.
std::vector<Photo> ReadMedia(const Request& request,
                             const hotline::SubmitReportRequest& submission);

/// What who reported is told (`service_notice`), in Vietnamese and English.
std::string NoticeOf(const hotline::SubmitReportRequest& submitted, bool has_media,
                     const std::string& code);

/// The argument of the standard for a field of the hotline's requests: "caller.phone" -> "phone",
/// "question_answers.tinh_trang" -> "attribute[tinh_trang]"; others as they are.
std::string ArgumentOf(std::string_view field);

/// An absolute URL of http or https with ASCII characters that RFC 3986 allows, at most 2000.
bool IsWebAddress(std::string_view text);

}  // namespace lienthong::portal::open311
