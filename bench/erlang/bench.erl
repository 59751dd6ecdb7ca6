%% The workloads on the BEAM, in its own idiom: plain processes where messages are the question, gen_server
%% where calls are, supervisor where restarts are. scripts/bench runs it as
%%
%%   erl +S 1:1 +P 4000000 -noshell -pa DIR -run bench main WORKLOAD [DIVISOR]
%%
%% and each run prints one RES line, as the other programs do (bench/support/bench.hpp); "list" lists the
%% workloads. Reports are off. Names that end with _raw do without gen_server what the others do with it.
-module(bench).
-compile([inline]).
-export([main/1, skynet/3]).

-define(LIST, ["W1", "W2a", "W2b", "W2c", "W2a_raw", "W2b_raw", "W2c_raw", "W3a", "W3b", "W3a_raw",
               "W3b_raw", "W4", "W4b", "W5a", "W5b", "W6", "W6_link", "W7", "W8", "W9a", "W9b", "W9c",
               "W10a", "W10a10k", "W10a1k", "W10b", "W10b_stop", "W11_lookup", "W11_call", "W11_pubsub"]).

main(["list"]) ->
    [io:format("~s~n", [W]) || W <- ?LIST],
    halt(0);
main([W]) -> main([W, "1"]);
main([W, Divisor]) ->
    logger:set_primary_config(level, none),
    case lists:member(W, ?LIST) of
        true -> ok;
        false -> io:format(standard_error, "bench: there is no workload ~s~n", [W]), halt(64)
    end,
    persistent_term:put(divisor, list_to_integer(Divisor)),
    {Parameters, Operations, {Seconds, Cpu}, Sum, Extra} = in_process(fun() -> run(W) end),
    io:format("RES\t~s\terlang\t~w\t~s\t~w\t~.6f\t~.1f\t~.1f\t~.3f\tchecksum=~w~s~n",
              [W, erlang:system_info(schedulers_online), Parameters, Operations, Seconds,
               Seconds * 1.0e9 / Operations, Operations / Seconds, Cpu, Sum, Extra]),
    halt(0).

part(Full) -> part(Full, 1).
part(Full, Least) -> max(Least, Full div persistent_term:get(divisor)).

%% In a process of its own: that of init has a heap that is not like others.
in_process(F) ->
    Me = self(),
    spawn_opt(fun() -> Me ! {result, F()} end, [{min_heap_size, 4096}]),
    receive {result, R} -> R end.

timed(F) ->
    {Cpu0, _} = erlang:statistics(runtime),
    T0 = erlang:monotonic_time(nanosecond),
    R = F(),
    T1 = erlang:monotonic_time(nanosecond),
    {Cpu1, _} = erlang:statistics(runtime),
    {R, {max(T1 - T0, 1) / 1.0e9, (Cpu1 - Cpu0) / 1000}}.

result(Parameters, Operations, F) ->
    {Sum, Time} = timed(F),
    {Parameters, Operations, Time, Sum, ""}.

text(Format, Arguments) -> io_lib:format(Format, Arguments).

%% ---- the workloads, in the order of the list

run("W1") ->
    N = part(2000000),
    Me = self(),
    Pong = spawn(fun() -> pong(Me) end),
    result(text("~w round trips", [N]), N, fun() -> ping(Pong, N, 0) end);
run("W2a") -> calls(1, 1, fun server/0, fun client/4);
run("W2b") -> calls(64, 1, fun server/0, fun client/4);
run("W2c") -> calls(64, 64, fun server/0, fun client/4);
run("W2a_raw") -> calls(1, 1, fun raw_server/0, fun raw_client/4);
run("W2b_raw") -> calls(64, 1, fun raw_server/0, fun raw_client/4);
run("W2c_raw") -> calls(64, 64, fun raw_server/0, fun raw_client/4);
run("W3a") -> casts(8, 1000000);
run("W3b") -> casts(1, 5000000);
run("W3a_raw") -> sends(8, 1000000);
run("W3b_raw") -> sends(1, 5000000);
run("W4") -> rings(1, 1000, 5000000);
run("W4b") -> rings(100, 100, 50000);
run("W5a") ->
    Batches = part(1000),
    result(text("~w x spawn, message, answer, end; batches of 1000", [Batches * 1000]), Batches * 1000,
           fun() -> batches(Batches, 0) end);
run("W5b") ->
    Leaves = power_of_ten(part(1000000)),
    result(text("skynet, ~w leaves", [Leaves]), (Leaves * 10 - 1) div 9,
           fun() -> spawn(bench, skynet, [self(), 0, Leaves]), receive S -> S end end);
run("W6") -> idle(fun(I) -> element(2, gen_server:start(bench_server, {number, I}, [])) end, "");
run("W6_link") ->
    idle(fun(I) -> element(2, gen_server:start_link(bench_server, {number, I}, [])) end,
         ", each with a link");
run("W7") ->
    K = part(10000), M = part(1000),
    Me = self(),
    Subscribers = [spawn(fun() -> sum_and_tell(M, 0, Me) end) || _ <- lists:seq(1, K)],
    result(text("~w messages to ~w subscribers", [M, K]), K * M,
           fun() -> spawn(fun() -> publish(Subscribers, 1, M) end), sum(K, 0) end);
run("W8") ->
    Pings = part(2000),
    result(text("200 actors, ~w pings each", [Pings]), 200 * Pings, fun() -> big(200, Pings) end);
run("W9a") ->
    N = part(1000000),
    result(text("~w timers of 1 to 1000 ms", [N]), N, fun() -> arm(1, N), sum(N, 0) end);
run("W9b") ->
    N = part(1000000),
    result(text("~w timers of a minute, then all cancelled", [N]), N,
           fun() ->
                   Timers = [erlang:send_after(60000 + I rem 1000, self(), x) || I <- lists:seq(1, N)],
                   cancel(Timers, 0)
           end);
run("W9c") ->
    N = part(1000000),
    result(text("~w timers of 5 s, each cancelled at once", [N]), N, fun() -> arm_and_cancel(N, 0) end);
run("W10a") -> restarts(100000);
run("W10a10k") -> restarts(10000);
run("W10a1k") -> restarts(1000);
run("W10b") ->
    N = part(100000),
    {ok, Sup} = bench_sup:start_dynamic(),
    result(text("~w dynamic children started", [N]), N,
           fun() -> length([{ok, _} = supervisor:start_child(Sup, []) || _ <- lists:seq(1, N)]) end);
run("W10b_stop") ->
    N = part(100000),
    {ok, Sup} = bench_sup:start_dynamic(),
    Children = [element(2, supervisor:start_child(Sup, [])) || _ <- lists:seq(1, N)],
    result(text("~w dynamic children stopped", [N]), N,
           fun() -> length([ok = supervisor:terminate_child(Sup, P) || P <- Children]) end);
run("W11_lookup") ->
    %% What Elixir's Registry.lookup does: a look in an ETS table, and whether the process lives.
    {Rooms, Keys} = rooms(),
    N = part(1000),
    result(text("~w look-ups, 1000 keys", [N * 1000]), N * 1000,
           fun() -> looks(N * 1000, 0, Rooms, Keys, 0) end);
run("W11_call") ->
    {Rooms, Keys} = rooms(),
    N = part(1000),
    result(text("~w calls by key, 1000 keys", [N * 1000]), N * 1000,
           fun() -> calls_by_key(N * 1000, 0, Rooms, Keys, 0) end);
run("W11_pubsub") ->
    %% Members of a pg group; each message is sent to all of them, as Phoenix.PubSub does with its Registry.
    K = part(10000), M = 100,
    {ok, _} = pg:start(bench_pg),
    Me = self(),
    [spawn(fun() -> ok = pg:join(bench_pg, lobby, self()), Me ! joined, sum_and_tell(M, 0, Me) end)
     || _ <- lists:seq(1, K)],
    [receive joined -> ok end || _ <- lists:seq(1, K)],
    result(text("~w broadcasts to ~w members of a pg group", [M, K]), K * M,
           fun() ->
                   [[P ! I || P <- pg:get_local_members(bench_pg, lobby)] || I <- lists:seq(1, M)],
                   sum(K, 0)
           end).

%% ---- messages

ping(_, 0, Sum) -> Sum;
ping(Pong, Left, Sum) ->
    Pong ! Left,
    receive Answer -> ping(Pong, Left - 1, Sum + Answer) end.
pong(Ping) -> receive Left -> Ping ! Left, pong(Ping) end.

sum(0, Sum) -> Sum;
sum(Left, Sum) -> receive Value -> sum(Left - 1, Sum + Value) end.
sum_and_tell(Count, Sum, To) -> To ! sum(Count, Sum).

casts(Senders, Messages) ->
    Each = part(Messages),
    {ok, S} = gen_server:start(bench_server, {count, self(), Senders * Each}, []),
    result(text("~w senders, ~w casts each", [Senders, Each]), Senders * Each,
           fun() ->
                   [spawn(fun() -> cast(S, 1, Each) end) || _ <- lists:seq(1, Senders)],
                   receive Sum -> Sum end
           end).
cast(_, I, Each) when I > Each -> ok;
cast(S, I, Each) -> gen_server:cast(S, I), cast(S, I + 1, Each).

%% An off-heap mailbox is what the manual recommends for a process that many send to.
sends(Senders, Messages) ->
    Each = part(Messages),
    Me = self(),
    Counter = spawn_opt(fun() -> sum_and_tell(Senders * Each, 0, Me) end, [{message_queue_data, off_heap}]),
    result(text("~w senders, ~w messages each, off heap", [Senders, Each]), Senders * Each,
           fun() ->
                   [spawn(fun() -> send(Counter, 1, Each) end) || _ <- lists:seq(1, Senders)],
                   receive Sum -> Sum end
           end).
send(_, I, Each) when I > Each -> ok;
send(To, I, Each) -> To ! I, send(To, I + 1, Each).

rings(Rings, Nodes, FullHops) ->
    Hops = part(FullHops, Nodes),
    Me = self(),
    result(text("~w rings of ~w, ~w hops each", [Rings, Nodes, Hops]), Rings * Hops,
           fun() ->
                   [ring(Nodes, Hops, Me) || _ <- lists:seq(1, Rings)],
                   sum(Rings, 0)
           end).
ring(Nodes, Hops, Parent) ->
    First = spawn(fun() -> receive {next, Next} -> node(Next, 1, Nodes, 0, Parent) end end),
    Second = lists:foldl(fun(I, Next) -> spawn(fun() -> node(Next, I, Nodes, 0, Parent) end) end,
                         First, lists:seq(Nodes, 2, -1)),
    First ! {next, Second},
    First ! Hops.
node(Next, Number, Nodes, Visits, Parent) ->
    receive
        0 -> self() ! {collect, 0, Nodes}, node(Next, Number, Nodes, Visits + 1, Parent);
        {collect, Sum, 1} -> Parent ! Sum + Number * Visits;
        {collect, Sum, Left} -> Next ! {collect, Sum + Number * Visits, Left - 1};
        Left -> Next ! Left - 1, node(Next, Number, Nodes, Visits + 1, Parent)
    end.

publish(_, I, M) when I > M -> ok;
publish(Subscribers, I, M) -> publish_one(Subscribers, I), publish(Subscribers, I + 1, M).
publish_one([], _) -> ok;
publish_one([P | More], I) -> P ! I, publish_one(More, I).

big(Count, Pings) ->
    Me = self(),
    Actors = [spawn(fun() ->
                            receive {meet, All} -> big_next(All, I, I + 1, 0, 0, Pings, Count, Me) end
                    end) || I <- lists:seq(0, Count - 1)],
    All = list_to_tuple(Actors),
    [A ! {meet, All} || A <- Actors],
    Pongs = sum(Count, 0),
    [A ! leave || A <- Actors],
    Pongs + sum(Count, 0).
%% The same small generator as everywhere.
big_next(All, I, Random0, Pongs, Answered, Pings, Count, Parent) ->
    Random = (Random0 * 69069 + 1) band 16#FFFFFFFF,
    To = (Random bsr 16) rem Count,
    element(To + 1, All) ! {ping, I},
    big_loop(All, I, Random, To, Pongs, Answered, Pings, Count, Parent).
big_loop(All, I, Random, Expected, Pongs, Answered, Pings, Count, Parent) ->
    receive
        {ping, From} ->
            element(From + 1, All) ! {pong, I},
            big_loop(All, I, Random, Expected, Pongs, Answered + 1, Pings, Count, Parent);
        {pong, Expected} when Pongs + 1 =:= Pings ->
            Parent ! Pings,
            big_loop(All, I, Random, Expected, Pings, Answered, Pings, Count, Parent);
        {pong, Expected} -> big_next(All, I, Random, Pongs + 1, Answered, Pings, Count, Parent);
        leave -> Parent ! Answered
    end.

%% ---- calls

calls(Clients, Servers, Start, Client) ->
    Each = part(1000000 div Clients),
    All = list_to_tuple([Start() || _ <- lists:seq(1, Servers)]),
    Me = self(),
    result(text("~w clients, ~w servers, ~w calls each", [Clients, Servers, Each]), Clients * Each,
           fun() ->
                   [spawn(fun() -> Me ! Client(All, C, Each, 0) end) || C <- lists:seq(1, Clients)],
                   sum(Clients, 0)
           end).
server() -> {ok, S} = gen_server:start(bench_server, {number, 0}, []), S.
client(_, _, 0, Sum) -> Sum;
client({S}, C, N, Sum) -> client({S}, C, N - 1, Sum + gen_server:call(S, N));
client(All, C, N, Sum) ->
    client(All, C, N - 1, Sum + gen_server:call(element((C + N) rem tuple_size(All) + 1, All), N)).
raw_server() -> spawn(fun raw_loop/0).
raw_loop() -> receive {call, From, Ref, Value} -> From ! {Ref, Value}, raw_loop() end.
raw_client(_, _, 0, Sum) -> Sum;
raw_client(All, C, N, Sum) ->
    Ref = make_ref(),
    element((C + N) rem tuple_size(All) + 1, All) ! {call, self(), Ref, N},
    receive {Ref, Answer} -> raw_client(All, C, N - 1, Sum + Answer) end.

%% ---- spawning

batches(0, Sum) -> Sum;
batches(Left, Sum) -> spawn_batch(1, self()), batches(Left - 1, sum(1000, Sum)).
spawn_batch(1001, _) -> ok;
spawn_batch(I, Me) ->
    P = spawn(fun() -> receive Value -> Me ! Value end end),
    P ! I,
    spawn_batch(I + 1, Me).

skynet(Parent, First, 1) -> Parent ! First;
skynet(Parent, First, Leaves) ->
    Share = Leaves div 10,
    skynet_children(0, First, Share, self()),
    Parent ! sum(10, 0).
skynet_children(10, _, _, _) -> ok;
skynet_children(I, First, Share, Me) ->
    spawn(bench, skynet, [Me, First + I * Share, Share]),
    skynet_children(I + 1, First, Share, Me).

power_of_ten(N) -> power_of_ten(N, 1).
power_of_ten(N, P) when P * 10 =< N -> power_of_ten(N, P * 10);
power_of_ten(_, P) -> P.

%% ---- memory

resident() ->
    {ok, Statm} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = string:split(binary_to_list(Statm), " ", all),
    list_to_integer(Pages) * 4096.

idle(Start, Remark) ->
    N = part(1000000),
    Numbers = lists:seq(0, N - 1),
    Before = resident(),
    {Servers, Time} = timed(fun() -> [Start(I) || I <- Numbers] end),
    Full = resident(),
    Sum = lists:sum([gen_server:call(S, number) || S <- Servers]),
    {text("~w idle gen_servers~s", [N, Remark]), N, Time, Sum,
     text(" bytes=~.1f rss_before=~w rss_full=~w", [(Full - Before) / N, Before, Full])}.

%% ---- timers

arm(I, N) when I > N -> ok;
arm(I, N) -> erlang:send_after(1 + I * 7919 rem 1000, self(), I), arm(I + 1, N).
cancel([], Count) -> Count;
cancel([T | More], Count) ->
    case erlang:cancel_timer(T) of false -> cancel(More, Count); _ -> cancel(More, Count + 1) end.
arm_and_cancel(0, Count) -> Count;
arm_and_cancel(N, Count) ->
    case erlang:cancel_timer(erlang:send_after(5000, self(), x)) of
        false -> arm_and_cancel(N - 1, Count);
        _ -> arm_and_cancel(N - 1, Count + 1)
    end.

%% ---- supervision

restarts(Full) ->
    N = part(Full),
    {ok, _} = bench_sup:start_permanent(self()),
    First = receive {up, P} -> P end,
    result(text("~w kills and restarts, 1e9 allowed in 1 s", [N]), N, fun() -> restart(First, N, 0) end).
restart(_, 0, Different) -> Different;
restart(P, N, Different) ->
    exit(P, kill),
    receive
        {up, P} -> restart(P, N - 1, Different);
        {up, Next} -> restart(Next, N - 1, Different + 1)
    end.

%% ---- names

rooms() ->
    Rooms = ets:new(rooms, [set, public, {read_concurrency, true}]),
    Keys = [list_to_binary(["room:", integer_to_list(I)]) || I <- lists:seq(0, 999)],
    lists:foldl(fun(Key, I) ->
                        {ok, P} = gen_server:start(bench_server, {number, I}, []),
                        ets:insert(Rooms, {Key, P, I}),
                        I + 1
                end, 0, Keys),
    {Rooms, list_to_tuple(Keys)}.
looks(Count, Count, _, _, Sum) -> Sum;
looks(Count, I, Rooms, Keys, Sum) ->
    [{_, P, Number}] = ets:lookup(Rooms, element(I * 617 rem 1000 + 1, Keys)),
    true = is_process_alive(P),
    looks(Count, I + 1, Rooms, Keys, Sum + Number).
calls_by_key(Count, Count, _, _, Sum) -> Sum;
calls_by_key(Count, I, Rooms, Keys, Sum) ->
    [{_, P, _}] = ets:lookup(Rooms, element(I * 617 rem 1000 + 1, Keys)),
    calls_by_key(Count, I + 1, Rooms, Keys, Sum + gen_server:call(P, number)).
