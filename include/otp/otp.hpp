// The whole library in one include, in the order in which to read it. Each part can be included by
// itself, which compiles faster.
#pragma once

#include <otp/version.hpp>

// Values.
#include <otp/pid.hpp>
#include <otp/exit_reason.hpp>
#include <otp/error.hpp>
#include <otp/result.hpp>
#include <otp/shared.hpp>
#include <otp/message.hpp>

// Processes.
#include <otp/runtime.hpp>
#include <otp/process.hpp>
#include <otp/alias.hpp>
#include <otp/process_info.hpp>
#include <otp/proc_lib.hpp>
#include <otp/receive.hpp>
#include <otp/timer.hpp>

// Servers.
#include <otp/server_ref.hpp>
#include <otp/mailbox.hpp>
#include <otp/start.hpp>
#include <otp/gen_server.hpp>
#include <otp/gen_statem.hpp>
#include <otp/call.hpp>
#include <otp/from.hpp>
#include <otp/reply.hpp>
#include <otp/transition.hpp>
#include <otp/task.hpp>
#include <otp/async_stream.hpp>
#include <otp/agent.hpp>
#include <otp/registry.hpp>
#include <otp/via.hpp>

// Supervision and applications.
#include <otp/child.hpp>
#include <otp/child_spec.hpp>
#include <otp/supervisor.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/partition_supervisor.hpp>
#include <otp/task_supervisor.hpp>
#include <otp/application_spec.hpp>
#include <otp/application.hpp>
#include <otp/application_env.hpp>
#include <otp/application_controller.hpp>

// Asio.
#include <otp/asio.hpp>
#include <otp/blocking.hpp>
#include <otp/call_async.hpp>
#include <otp/process_executor.hpp>

// Services.
#include <otp/log.hpp>
#include <otp/telemetry.hpp>
#include <otp/metric.hpp>
#include <otp/metrics.hpp>
#include <otp/prometheus.hpp>
#include <otp/telemetry_poller.hpp>
#include <otp/measurements.hpp>
#include <otp/pool.hpp>
#include <otp/pubsub.hpp>
#include <otp/pg.hpp>
