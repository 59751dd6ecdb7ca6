// All functions of the library that are no templates, for programs that compile them once: in exactly
// one of their source files.
//
//     // otp.cpp; every file of the program is compiled with -DOTP_SEPARATE_COMPILATION
//     #include <otp/src.hpp>
//
// See config.hpp. Without OTP_SEPARATE_COMPILATION the library is header-only, and nobody needs this.
#pragma once

#if !defined(OTP_SEPARATE_COMPILATION)
#error "otp: <otp/src.hpp> is for programs that define OTP_SEPARATE_COMPILATION in all their files"
#endif

#include <otp/detail/alias_impl.hpp>
#include <otp/detail/application_controller_impl.hpp>
#include <otp/detail/application_env_impl.hpp>
#include <otp/detail/application_environment_impl.hpp>
#include <otp/detail/application_error_impl.hpp>
#include <otp/detail/application_impl.hpp>
#include <otp/detail/application_master_impl.hpp>
#include <otp/detail/attend_impl.hpp>
#include <otp/detail/await_answer_impl.hpp>
#include <otp/detail/await_exit_impl.hpp>
#include <otp/detail/block_depot_impl.hpp>
#include <otp/detail/bounded_mailbox_impl.hpp>
#include <otp/detail/call_circle_impl.hpp>
#include <otp/detail/call_envelope_impl.hpp>
#include <otp/detail/call_impl.hpp>
#include <otp/detail/child_info_impl.hpp>
#include <otp/detail/child_validation_impl.hpp>
#include <otp/detail/console_impl.hpp>
#include <otp/detail/context_impl.hpp>
#include <otp/detail/controlled_behaviour_impl.hpp>
#include <otp/detail/debugger_impl.hpp>
#include <otp/detail/delivery_impl.hpp>
#include <otp/detail/dynamic_supervisor_impl.hpp>
#include <otp/detail/error_impl.hpp>
#include <otp/detail/exit_reason_impl.hpp>
#include <otp/detail/external_wait_impl.hpp>
#include <otp/detail/field_impl.hpp>
#include <otp/detail/forced_unwind_impl.hpp>
#include <otp/detail/lifecycle_impl.hpp>
#include <otp/detail/log_handlers_impl.hpp>
#include <otp/detail/log_queue_impl.hpp>
#include <otp/detail/logger_impl.hpp>
#include <otp/detail/measurements_impl.hpp>
#include <otp/detail/metric_cells_impl.hpp>
#include <otp/detail/metric_impl.hpp>
#include <otp/detail/metric_reading_impl.hpp>
#include <otp/detail/metric_recorder_impl.hpp>
#include <otp/detail/metric_store_impl.hpp>
#include <otp/detail/metrics_impl.hpp>
#include <otp/detail/name_table_impl.hpp>
#include <otp/detail/observer_impl.hpp>
#include <otp/detail/partition_supervisor_impl.hpp>
#include <otp/detail/pg_impl.hpp>
#include <otp/detail/pid_impl.hpp>
#include <otp/detail/pool_error_impl.hpp>
#include <otp/detail/pool_impl.hpp>
#include <otp/detail/populate_impl.hpp>
#include <otp/detail/process_arena_impl.hpp>
#include <otp/detail/process_impl.hpp>
#include <otp/detail/process_info_impl.hpp>
#include <otp/detail/program_impl.hpp>
#include <otp/detail/prometheus_impl.hpp>
#include <otp/detail/pubsub_server_impl.hpp>
#include <otp/detail/report_impl.hpp>
#include <otp/detail/request_impl.hpp>
#include <otp/detail/runtime_core_impl.hpp>
#include <otp/detail/runtime_guard_impl.hpp>
#include <otp/detail/runtime_impl.hpp>
#include <otp/detail/runtime_services_impl.hpp>
#include <otp/detail/series_table_impl.hpp>
#include <otp/detail/server_process_impl.hpp>
#include <otp/detail/server_status_impl.hpp>
#include <otp/detail/signals_impl.hpp>
#include <otp/detail/stack_pool_impl.hpp>
#include <otp/detail/start_server_impl.hpp>
#include <otp/detail/supervisor_impl.hpp>
#include <otp/detail/supervisor_spec_impl.hpp>
#include <otp/detail/sys_impl.hpp>
#include <otp/detail/tag_key_impl.hpp>
#include <otp/detail/telemetry_poller_impl.hpp>
#include <otp/detail/telemetry_table_impl.hpp>
#include <otp/detail/text_formatter_impl.hpp>
#include <otp/detail/timer_cell_impl.hpp>
#include <otp/detail/timer_impl.hpp>
#include <otp/detail/topic_table_impl.hpp>
#include <otp/detail/unused_memory_impl.hpp>
#include <otp/detail/worker_io_impl.hpp>
#include <otp/detail/worker_queues_impl.hpp>
#include <otp/detail/worker_run_impl.hpp>
#include <otp/detail/worker_timers_impl.hpp>
