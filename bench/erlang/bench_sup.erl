%% The supervisors of the workloads.
-module(bench_sup).
-behaviour(supervisor).
-export([init/1, start_permanent/1, start_dynamic/0]).

start_permanent(Told) -> supervisor:start_link(?MODULE, {permanent, Told}).
start_dynamic() -> supervisor:start_link(?MODULE, dynamic).

init({permanent, Told}) ->
    {ok, {#{strategy => one_for_one, intensity => 1000000000, period => 1},
          [#{id => child, start => {bench_server, start_up, [Told]}, restart => permanent}]}};
init(dynamic) ->
    {ok, {#{strategy => simple_one_for_one, intensity => 10, period => 1},
          [#{id => child, start => {bench_server, start_link, []}, restart => temporary}]}}.
