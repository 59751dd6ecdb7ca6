// The name of Asio's any_io_executor without Asio, which costs a quarter of a second wherever a process
// is merely used. Who posts to one, or makes one, includes <boost/asio/any_io_executor.hpp>.
#pragma once

#include <boost/version.hpp>

// It is a class of just this name up to Boost 1.90; after that it may be in an inline namespace, and
// with this macro it is another name for `executor`.
#if BOOST_VERSION >= 109100 || defined(BOOST_ASIO_USE_TS_EXECUTOR_AS_DEFAULT)
#include <boost/asio/any_io_executor.hpp>
#else
namespace boost::asio {
class any_io_executor;
}
#endif
