#pragma once

#include <string>

#include "portal/backend.hpp"
#include "portal/page.hpp"
#include "portal/report_form.hpp"

namespace lienthong::portal {

/// "/report": the choice of a category, or the form of the one in the query. 404 for one that takes
/// no reports.
Response ShowReport(const Visit& visit, Backend& backend);
/// A form that was sent: the code, shown once; or the form again with what is wrong.
Response TakeReport(const Visit& visit, Backend& backend);
/// The form as it was typed, with why it was not taken; status 200 without: in another language.
Response KeepReport(const Visit& visit, Backend& backend, const FormErrors& why, int status);
/// "/report/sent": the page with the code again, in the other language.
Response ShowSentAgain(const Visit& visit);

// From data alone.
Response CategoriesPage(const Visit& visit, const Province& province);
Response ReportPage(const Visit& visit, const Province& province, const ReportForm& form,
                    const FormErrors& errors, int status);

}  // namespace lienthong::portal
