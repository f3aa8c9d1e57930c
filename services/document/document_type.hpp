#pragma once

#include <string>
#include <vector>

#include "document/content.hpp"

namespace lienthong::document {

/// The type that is asked for, as the list of types that are valid on that day has it: names are
/// compared without case and diacritics, the abbreviation may be left out. Throws FIELD_INVALID
/// below `field` when the list has no such type, or another abbreviation for it.
DocumentType ListedType(const std::vector<DocumentType>& listed, const DocumentType& asked,
                        const std::string& field);

/// A name of the list, whatever its abbreviation. Throws FIELD_INVALID for `field`.
std::string ListedName(const std::vector<DocumentType>& listed, const std::string& name,
                       const std::string& field);

}  // namespace lienthong::document
