#include "web/http/message.hpp"

#include "web/live/rendered.hpp"

#include <algorithm>

namespace chatroom::http {

using namespace live::literals;

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

response make(unsigned status, std::string_view type, std::string body) {
  response out;
  out.status = status;
  out.fields.set("Content-Type", std::string{type});
  out.body = std::move(body);
  return out;
}

}  // namespace

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view headers::get(std::string_view name) const {
  const auto found = std::ranges::find_if(
      fields_, [&](const auto& field) { return equal_without_case(field.first, name); });
  return found == fields_.end() ? std::string_view{} : found->second;
}

bool headers::has(std::string_view name) const {
  return std::ranges::any_of(
      fields_, [&](const auto& field) { return equal_without_case(field.first, name); });
}

void headers::set(std::string_view name, std::string value) {
  std::erase_if(fields_, [&](const auto& field) { return equal_without_case(field.first, name); });
  add(name, std::move(value));
}

void headers::add(std::string_view name, std::string value) {
  fields_.emplace_back(name, std::move(value));
}

response text(unsigned status, std::string body) {
  return make(status, "text/plain; charset=utf-8", std::move(body));
}

response html(unsigned status, std::string body) {
  return make(status, "text/html; charset=utf-8", std::move(body));
}

response see_other(std::string location) {
  response out = text(303, "");
  out.fields.set("Location", std::move(location));
  return out;
}

response error_page(unsigned status) {
  const std::string_view reason = reason_phrase(status);
  return html(status, live::to_html(R"(
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{status} {reason}</title>
        <link rel="stylesheet" href="/assets/app.css">
      </head>
      <body class="error-page">
        <main>
          <h1>{status}</h1>
          <p>{reason}</p>
          <p><a href="/">Back to the chat</a></p>
        </main>
      </body>
    </html>
  )"_html(status, reason, status, reason)));
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

}  // namespace chatroom::http
