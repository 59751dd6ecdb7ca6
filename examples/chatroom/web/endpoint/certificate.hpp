// The process that reads the certificate again when it has been renewed.
#pragma once

#include "web/endpoint/tls.hpp"
#include <otp/child_spec.hpp>

#include <memory>
#include <string>

namespace chatroom::web {

/// Returns the spec of the process that reads the files again at each SIGHUP (C-304), also if their
/// names are the same. Connections that exist go on with what they have, new ones get the new
/// certificate. If that is no good, one error line says so and the old one stays.
otp::child_spec certificate_child(std::string name, std::shared_ptr<tls_in_use> place);

/// Tells that process, if there is one, that the settings name other files now.
void change_certificate(const tls_files& files);

}  // namespace chatroom::web
