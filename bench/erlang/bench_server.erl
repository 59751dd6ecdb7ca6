%% The gen_server of the workloads: answers calls with what it was asked, or with its number; sums casts.
-module(bench_server).
-behaviour(gen_server).
-export([init/1, handle_call/3, handle_cast/2, start_up/1, start_link/0]).

start_up(Told) -> gen_server:start_link(?MODULE, {up, Told}, []).
start_link() -> gen_server:start_link(?MODULE, {number, 1}, []).

init({count, Told, Expected}) -> {ok, {Told, Expected, 0}};
init({number, N}) -> {ok, N};
init({up, Told}) -> Told ! {up, self()}, {ok, 0}.

handle_call(number, _From, N) -> {reply, N, N};
handle_call(Value, _From, State) -> {reply, Value, State}.

handle_cast(Value, {Told, 1, Sum}) -> Told ! Sum + Value, {noreply, {Told, 0, Sum + Value}};
handle_cast(Value, {Told, Left, Sum}) -> {noreply, {Told, Left - 1, Sum + Value}}.
