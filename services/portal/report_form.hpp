#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "portal/backend.hpp"
#include "portal/page.hpp"
#include "portal/request.hpp"

namespace lienthong::portal {

inline constexpr std::size_t kPhotosMax = 5;
inline constexpr std::size_t kPhotoBytesMax = 8 * 1024 * 1024;

/// A form to report, as it was typed; the fields by their names on the page.
struct ReportForm {
  const hotline::Category* category = nullptr;  ///< nullptr = the citizen does not know
  std::string request_id;
  std::string text, unit, commune, address, latitude, longitude, name, phone, email;
  bool anonymous = false;
  bool confidential = false;
  std::map<std::string, std::vector<std::string>> answers;  ///< by the questions' codes
};

/// A photo that may be sent.
struct Photo {
  std::string upload_id;  ///< a UUID: the same for the same form, number and bytes
  std::string name;       ///< "anh-1.jpg": what the citizen calls it may tell who that is
  const std::string* bytes;
};

/// What was typed into the form of a category. A request id that is none becomes a new one.
ReportForm ReadReportForm(const Request& request, const hotline::Category* category,
                          base::Ids& ids);

/// Those files of the request's `field` that hold something; what is wrong with them is added to
/// `errors`: "wrong.photo_kind", "wrong.photo_large" or "wrong.photos_many". `form`: what makes its
/// uploads others than those of another form.
std::vector<Photo> ReadPhotos(const Request& request, std::string_view field,
                              const std::string& form, FormErrors& errors);

std::int64_t BytesOf(const std::vector<Photo>& photos);

/// Not known whether the report has arrived, or it may arrive when it is sent again.
bool IsInDoubt(const base::Error& error);

/// Sends the photos, and then the report with them. Throws what the hotline refuses it with; photos
/// that no report will take are given up before.
hotline::SubmitReportResponse SendReport(Backend& backend, hotline::SubmitReportRequest call,
                                         const std::vector<Photo>& photos,
                                         Backend::Deadline deadline);

/// The call that the form asks for, without its photos; what is wrong is added to `errors`, in the
/// order of the page.
hotline::SubmitReportRequest CheckReportForm(const ReportForm& form, const Province& province,
                                             FormErrors& errors);

/// What of the form the hotline has refused, by the fields of SubmitReportRequest.
FormErrors ErrorsOf(const base::Error& error);

/// As typed into a field of several lines, which browsers send with \r\n.
std::string WithUnixLines(std::string_view text);

/// Line ends and tabs become spaces, and those at both ends go: for what is one line.
std::string OneLine(std::string_view text);

}  // namespace lienthong::portal
