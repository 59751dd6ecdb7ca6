// What every program on Asio pays: two of its headers and nothing else.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

int main() {}
