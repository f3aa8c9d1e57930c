#pragma once

#include "hotline/service_parts.hpp"
#include "lienthong/hotline/v1/categories.pb.h"

namespace lienthong::hotline {

/// The use cases of CategoryService, one method per RPC. Any thread; lives as long as the process.
class CategoryService {
 public:
  explicit CategoryService(const Parts& parts) : parts_(parts) {}

  v1::Category SetCategory(const Call& call, const v1::SetCategoryRequest& request);
  v1::Centre SetCentre(const Call& call, const v1::SetCentreRequest& request);
  v1::ListCategoriesResponse ListCategories(const Call& call,
                                            const v1::ListCategoriesRequest& request);
  v1::Centre GetCentre(const Call& call, const v1::GetCentreRequest& request);

 private:
  const Parts parts_;
};

}  // namespace lienthong::hotline
