#include "document/document_type.hpp"

#include <algorithm>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::document {
namespace {

base::Error NotListed(const std::string& field) {
  return base::InvalidField(field, "is no type of the list (ListDocumentTypes)");
}

}  // namespace

DocumentType ListedType(const std::vector<DocumentType>& listed, const DocumentType& asked,
                        const std::string& field) {
  const std::string name = base::Fold(asked.name);
  const auto type = std::find_if(listed.begin(), listed.end(), [&](const DocumentType& one) {
    return one.normative == asked.normative && base::Fold(one.name) == name;
  });
  if (type == listed.end()) throw NotListed(field + ".name");
  if (!asked.abbreviation.empty() && asked.abbreviation != type->abbreviation) {
    throw base::InvalidField(field + ".abbreviation",
                             type->abbreviation.empty() ? "this type has none"
                                                        : "of this type is " + type->abbreviation);
  }
  return *type;
}

std::string ListedName(const std::vector<DocumentType>& listed, const std::string& name,
                       const std::string& field) {
  const std::string folded = base::Fold(name);
  const auto type = std::find_if(listed.begin(), listed.end(), [&](const DocumentType& one) {
    return base::Fold(one.name) == folded;
  });
  if (type == listed.end()) throw NotListed(field);
  return type->name;
}

}  // namespace lienthong::document
