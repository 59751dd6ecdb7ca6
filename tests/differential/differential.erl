%% Plays programs on Erlang itself: the counterpart of player.cpp, statement for statement.
%%
%% Reads packets from standard input, each a number and the text of a program (see program.hpp),
%% plays them all at once, and writes for each a packet with the number and what happened, one event
%% a line: step, observer, source, text.
-module(differential).
-behaviour(gen_server).
-export([main/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2]).

%% Milliseconds; the same as in player.hpp.
-define(CALL, 60).
-define(BUSY, 120).
-define(SHORT, 80).
-define(LONG, 3600000).
-define(TICK, 160).
-define(PATIENCE, 20000).

main() ->
    logger:set_primary_config(level, none),
    Port = open_port({fd, 0, 1}, [binary, {packet, 4}, eof]),
    serve(Port).

serve(Port) ->
    receive
        {Port, {data, <<Number:32, Text/binary>>}} ->
            spawn(fun() -> port_command(Port, [<<Number:32>>, safely(Number, Text)]) end),
            serve(Port);
        {Port, eof} ->
            halt(0)
    end.

%% A program that this module cannot play must not keep the others waiting.
safely(Number, Text) ->
    try play(Number, Text)
    catch Class:Reason:Stack ->
        io_lib:format("0 driver driver failed ~0p~n", [{Class, Reason, Stack}])
    end.

%% ---- the driver: tells the processes what to do, and writes down what they tell

play(Number, Text) ->
    [First | Steps] = binary:split(Text, <<"\n">>, [global, trim_all]),
    [<<"start">> | Labels] = words(First),
    D0 = #{prefix => integer_to_binary(Number rem 4096), pids => #{}, labels => #{}, alive => #{},
           monitors => #{}, timers => #{}, events => [], step => 0, armed => false, round => 0},
    D1 = lists:foldl(fun start_one/2, D0, Labels),
    D2 = try lists:foldl(fun play_step/2, D1, Steps)
         catch throw:{stuck, D} -> note(<<"driver">>, "driver", ["stuck"], D)
         end,
    D3 = lists:foldl(fun final_name/2, D2, [<<"a">>, <<"b">>, <<"x">>]),
    maps:foreach(fun(_, T) -> erlang:cancel_timer(T) end, maps:get(timers, D3)),
    maps:foreach(fun(_, P) -> exit(P, kill) end, maps:get(alive, D3)),
    maps:foreach(fun(_, P) -> receive {'DOWN', _, process, P, _} -> ok end end,
                 maps:get(alive, D3)),
    [event_line(E, D3) || E <- lists:reverse(maps:get(events, D3))].

start_one(Label, D) ->
    A = actor(Label, self(), D),
    Pid = case Label of
              <<"s", _/binary>> -> {ok, P} = gen_server:start(?MODULE, {A, at_once}, []), P;
              _ -> spawn(fun() -> obey(A) end)
          end,
    watch(Label, Pid, D).

watch(Label, Pid, D) ->
    erlang:monitor(process, Pid),
    known(Label, Pid, D#{alive := maps:put(Label, Pid, maps:get(alive, D))}).

known(Label, Pid, #{pids := Pids, labels := Labels} = D) ->
    D#{pids := Pids#{Label => Pid}, labels := Labels#{Pid => Label}}.

play_step(<<"tick">>, D) ->
    tick(next_step(D));
play_step(Line, D0) ->
    D1 = next_step(D0),
    Bursts = [burst(B) || B <- binary:split(Line, <<" & ">>, [global])],
    Timed = lists:any(fun({_, Ops}) -> lists:any(fun is_timed/1, Ops) end, Bursts),
    D2 = case Timed andalso maps:get(armed, D1) of
             true -> tick(D1);
             false -> D1
         end,
    World = maps:with([pids, monitors, timers], D2),
    Alive = maps:get(alive, D2),
    [maps:get(Who, Alive) ! {do, Ops, World} || {Who, Ops} <- Bursts, is_map_key(Who, Alive)],
    D3 = settle(D2),
    case Timed of
        true -> tick(D3);
        false -> D3
    end.

next_step(#{step := Step} = D) -> D#{step := Step + 1}.

burst(Text) ->
    [Who, Ops] = binary:split(Text, <<": ">>),
    {Who, [words(Op) || Op <- binary:split(Ops, <<"; ">>, [global])]}.

is_timed([<<"call">>, _, <<"keep">>]) -> true;
is_timed([<<"call">>, _, <<"busy">>]) -> true;
is_timed(_) -> false.

tick(D0) ->
    D1 = settle(D0),
    timer:sleep(?TICK),
    settle(D1#{armed := false}).

%% Until every living process has answered twice without anything new.
settle(D) -> settle(2, D).

settle(0, D) -> D;
settle(Quiet, #{round := Round, alive := Alive} = D0) ->
    maps:foreach(fun(_, P) -> P ! {ping, Round} end, Alive),
    {Changed, D1} = collect(Alive, false, D0),
    settle(case Changed of true -> 2; false -> Quiet - 1 end, D1#{round := Round + 1}).

collect(Waiting, Changed, D) when map_size(Waiting) =:= 0 ->
    receive
        {report, Observer, Source, Text} -> collect(Waiting, true, note(Observer, Source, Text, D))
    after 0 -> {Changed, D}
    end;
collect(Waiting, Changed, #{round := Round} = D) ->
    receive
        {pong, Label, Round} ->
            collect(maps:remove(Label, Waiting), Changed, D);
        {report, Observer, Source, Text} ->
            collect(Waiting, true, note(Observer, Source, Text, D));
        {born, Label, Pid, Starter} ->
            D1 = watch(Label, Pid, D),
            Starter ! watched,
            collect(Waiting, true, D1);
        {born_to_die, Label, Pid} ->
            collect(Waiting, true, known(Label, Pid, D));
        {monitor, Slot, Ref} ->
            collect(Waiting, Changed, D#{monitors := maps:put(Slot, Ref, maps:get(monitors, D))});
        {timer, Slot, Ref} ->
            Timers = maps:put(Slot, Ref, maps:get(timers, D)),
            collect(Waiting, Changed, D#{timers := Timers, armed := true});
        {'DOWN', _, process, Pid, Reason} ->
            Label = maps:get(Pid, maps:get(labels, D)),
            D1 = D#{alive := maps:remove(Label, maps:get(alive, D))},
            collect(maps:remove(Label, Waiting), true,
                    note(<<"driver">>, Pid, ["gone ", reason_text(Reason)], D1))
    after ?PATIENCE -> throw({stuck, D})
    end.

note(Observer, Source, Text, #{step := Step, events := Events} = D) ->
    D#{events := [{Step, Observer, Source, Text} | Events]}.

final_name(Name, D) ->
    note(<<"driver">>, "names", [Name, " ", holder(whereis(atom(Name, D)))], D).

event_line({Step, Observer, Source, Text}, #{labels := Labels}) ->
    Show = fun(P) when is_pid(P) -> maps:get(P, Labels, <<"?">>); (Piece) -> Piece end,
    [integer_to_list(Step), " ", Observer, " ", Show(Source), " ", lists:map(Show, Text), "\n"].

%% ---- the processes: what they do and what they tell

%% What a process knows; servers have it as their state.
actor(Label, Driver, #{prefix := Prefix}) ->
    #{label => Label, driver => Driver, prefix => Prefix, deaf => false, pids => #{},
      monitors => #{}, timers => #{}, slots => #{}, kept => []}.

obey(#{deaf := Deaf} = A) ->
    receive
        {do, Ops, World} -> obey(perform_all(Ops, maps:merge(A, World)));
        {ping, Round} -> pong(Round, A), obey(A);
        Other when not Deaf -> hear(Other, A), obey(A)
    end.

pong(Round, #{driver := Driver, label := Label}) -> Driver ! {pong, Label, Round}.

tell(Source, Text, #{driver := Driver, label := Label}) ->
    Driver ! {report, Label, Source, Text}.

hear({message, From, Number}, A) -> tell(From, ["message ", Number], A);
hear({'EXIT', From, Reason}, A) -> tell(From, ["exit ", reason_text(Reason)], A);
hear({'DOWN', Ref, process, Object, Reason}, #{slots := Slots, prefix := Prefix} = A) ->
    Source = case Object of
                 {Name, _Node} -> ["name_", name_text(Name, Prefix)];
                 Pid -> Pid
             end,
    tell(Source, ["down ", maps:get(Ref, Slots, "?"), " ", reason_text(Reason)], A);
%% OTP 25 lets a reply through that comes when the caller has its answer, or has heard of the
%% server's end, but has not run since (G-021). This library never does.
hear({_, <<"second">>}, _) -> ok;
hear({_, <<"delegated">>}, _) -> ok;
hear(Other, A) -> tell("stray", [io_lib:format("~0p", [Other])], A).

perform_all([], A) -> A;
perform_all([Op | More], A0) ->
    {Result, A1} = perform(Op, A0),
    tell("self", [lists:join(" ", Op), " -> " | Result], A1),
    perform_all(More, A1).

%% Does what the words say with those they name, if they are known.
perform([<<"spawn">>, Label], A) -> grow(spawn(newborn(Label, A)), Label, A);
perform([<<"spawn_link">>, Label], A) -> grow(spawn_link(newborn(Label, A)), Label, A);
perform([<<"spawn_monitor">>, Label, Slot], A) ->
    {Pid, Ref} = spawn_monitor(newborn(Label, A)),
    grow(Pid, Label, monitored(Slot, Ref, A));
perform([<<"spawn">>, Label, Reason], A) ->
    doomed(spawn(fun() -> exit(reason(Reason)) end), Label, A);
perform([<<"spawn_link">>, Label, Reason], A) ->
    doomed(spawn_link(fun() -> exit(reason(Reason)) end), Label, A);
perform([<<"spawn_monitor">>, Label, Slot, Reason], A) ->
    {Pid, Ref} = spawn_monitor(fun() -> exit(reason(Reason)) end),
    doomed(Pid, Label, monitored(Slot, Ref, A));
perform([<<"start">>, Label, Init | Name], A) ->
    started(fun gen_server:start/3, fun gen_server:start/4, Label, Init, Name, A);
perform([<<"start_link">>, Label, Init | Name], A) ->
    started(fun gen_server:start_link/3, fun gen_server:start_link/4, Label, Init, Name, A);
perform([<<"monitor_name">>, Name, Slot], A) ->
    {["ok"], monitored(Slot, erlang:monitor(process, atom(Name, A)), A)};
perform([<<"demonitor">>, Slot | Flush], A) ->
    with(monitors, Slot, A, fun(Ref) ->
        Options = [flush || Flush =/= []],
        [atom_to_list(erlang:demonitor(Ref, [info | Options]))]
    end);
perform([<<"trap">>, Flag], A) -> {[atom_to_list(process_flag(trap_exit, Flag =:= <<"on">>))], A};
perform([<<"deaf">>], A) -> {["ok"], A#{deaf := true}};
perform([<<"hear">>], A) -> {["ok"], A#{deaf := false}};
perform([<<"send_name">>, Name, Number], A) ->
    {[badarg(fun() -> atom(Name, A) ! {message, self(), Number}, "ok" end)], A};
perform([<<"exit_self">>, Reason], _) -> exit(reason(Reason));
perform([<<"raise">>], _) -> error(oops);
perform([<<"unregister">>, Name], A) ->
    {[badarg(fun() -> unregister(atom(Name, A)), "ok" end)], A};
perform([<<"whereis">>, Name], A) -> {[holder(whereis(atom(Name, A)))], A};
perform([<<"after_name">>, Delay, Name, Slot], A) -> timer(Delay, atom(Name, A), Slot, A);
perform([<<"cancel">>, Slot], A) ->
    with(timers, Slot, A, fun(T) -> [left(erlang:cancel_timer(T))] end);
perform([<<"read">>, Slot], A) ->
    with(timers, Slot, A, fun(T) -> [left(erlang:read_timer(T))] end);
perform([<<"call_name">>, Name | Request], A) ->
    {call(atom(Name, A), Request, A), A};
perform([<<"cast_name">>, Name | Request], A) ->
    {[cast(atom(Name, A), Request)], A};
perform([Verb, Label | Rest], #{pids := Pids} = A) ->
    case Pids of
        #{Label := Pid} -> perform_on(Verb, Pid, Rest, A);
        #{} -> {["unknown"], A}
    end.

perform_on(<<"link">>, Pid, [], A) ->
    {[try link(Pid), "ok" catch error:noproc -> "noproc" end], A};
perform_on(<<"unlink">>, Pid, [], A) -> unlink(Pid), {["ok"], A};
perform_on(<<"monitor">>, Pid, [Slot], A) ->
    {["ok"], monitored(Slot, erlang:monitor(process, Pid), A)};
perform_on(<<"send">>, Pid, [Number], A) -> Pid ! {message, self(), Number}, {["ok"], A};
perform_on(<<"exit">>, Pid, [Reason], A) -> exit(Pid, reason(Reason)), {["ok"], A};
perform_on(<<"is_alive">>, Pid, [], A) -> {[atom_to_list(is_process_alive(Pid))], A};
perform_on(<<"register">>, Pid, [Name], A) ->
    {[badarg(fun() -> register(atom(Name, A), Pid), "ok" end)], A};
perform_on(<<"after">>, Pid, [Delay, Slot], A) -> timer(Delay, Pid, Slot, A);
perform_on(<<"call">>, Pid, Request, A) -> {call(Pid, Request, A), A};
perform_on(<<"call_or_die">>, Pid, Request, A) ->
    {[gen_server:call(Pid, {ask, self(), Request, none}, infinity)], A};
perform_on(<<"cast">>, Pid, Request, A) -> {[cast(Pid, Request)], A};
perform_on(<<"stop">>, Pid, [Reason], A) ->
    {try gen_server:stop(Pid, reason(Reason), infinity), ["ok"]
     catch exit:Why -> ["exit ", reason_text(Why)]
     end, A}.

newborn(Label, #{driver := Driver} = A) ->
    Child = actor(Label, Driver, A),
    fun() -> obey(Child) end.

grow(Pid, Label, #{driver := Driver, pids := Pids} = A) ->
    Driver ! {born, Label, Pid, self()},
    receive watched -> ok end,
    {["ok"], A#{pids := Pids#{Label => Pid}}}.

doomed(Pid, Label, #{driver := Driver, pids := Pids} = A) ->
    Driver ! {born_to_die, Label, Pid},
    {["ok"], A#{pids := Pids#{Label => Pid}}}.

started(Start, StartNamed, Label, Init, Name, #{driver := Driver, pids := Pids} = A) ->
    Argument = {actor(Label, Driver, A), Init},
    case case Name of
             [] -> Start(?MODULE, Argument, []);
             [N] -> StartNamed({local, atom(N, A)}, ?MODULE, Argument, [])
         end of
        {ok, Pid} -> {["ok"], A#{pids := Pids#{Label => Pid}}};
        ignore -> {["ignored"], A};
        {error, {already_started, Holder}} -> {["already_started ", Holder], A};
        {error, Reason} -> {["error ", reason_text(Reason)], A}
    end.

monitored(Slot, Ref, #{driver := Driver, monitors := Monitors, slots := Slots} = A) ->
    Driver ! {monitor, Slot, Ref},
    A#{monitors := Monitors#{Slot => Ref}, slots := Slots#{Ref => Slot}}.

timer(Delay, To, Slot, #{driver := Driver, timers := Timers} = A) ->
    Ref = erlang:send_after(case Delay of <<"short">> -> ?SHORT; _ -> ?LONG end, To,
                            {message, ["timer_", Slot], Slot}),
    Driver ! {timer, Slot, Ref},
    {["ok"], A#{timers := Timers#{Slot => Ref}}}.

with(Kind, Slot, A, Work) ->
    case maps:get(Kind, A) of
        #{Slot := Ref} -> {Work(Ref), A};
        #{} -> {["unknown"], A}
    end.

call(_, [<<"ask">>, Label], #{pids := Pids}) when not is_map_key(Label, Pids) -> ["unknown"];
call(To, Request, #{pids := Pids}) ->
    Other = case Request of [<<"ask">>, Label] -> maps:get(Label, Pids); _ -> none end,
    Timeout = case is_timed([<<"call">>, none | Request]) of true -> ?CALL; false -> infinity end,
    try ["value ", gen_server:call(To, {ask, self(), Request, Other}, Timeout)]
    catch exit:Why -> ["exit ", reason_text(Why)]
    end.

cast(To, Request) -> gen_server:cast(To, {work, self(), Request}), "ok".

%% ---- servers: processes that also handle requests

init({A, at_once}) -> {ok, A};
init({#{label := Label, driver := Driver} = A, Init}) ->
    Driver ! {born, Label, self(), self()},
    receive watched -> ok end,
    case Init of
        <<"ok">> -> {ok, A};
        <<"ignore">> -> ignore;
        <<"crash">> -> error(oops);
        Reason -> {stop, reason(Reason)}
    end.

handle_call({ask, Caller, Request, Other}, From, #{kept := Kept} = A) ->
    tell(Caller, ["call ", lists:join(" ", Request)], A),
    case Request of
        [<<"reply">>] -> {reply, <<"done">>, A};
        [<<"twice">>] ->
            gen_server:reply(From, <<"first">>),
            gen_server:reply(From, <<"second">>),
            {noreply, A};
        [<<"delegate">>] ->
            spawn(fun() -> gen_server:reply(From, <<"delegated">>) end),
            {noreply, A};
        [<<"continue">>] -> {reply, <<"done">>, A, {continue, go}};
        [<<"stop">>, Reason] -> {stop, reason(Reason), A};
        [<<"stop_reply">>, Reason] -> {stop, reason(Reason), <<"done">>, A};
        [<<"crash">>] -> error(oops);
        [<<"exit">>, Reason] -> exit(reason(Reason));
        [<<"ask">>, _] ->
            {reply, gen_server:call(Other, {ask, self(), [<<"reply">>], none}, infinity), A};
        [<<"keep">>] -> {noreply, A#{kept := [From | Kept]}};
        [<<"busy">>] -> timer:sleep(?BUSY), {reply, <<"done">>, A}
    end.

handle_cast({work, Caller, Request}, #{kept := Kept} = A) ->
    tell(Caller, ["cast ", lists:join(" ", Request)], A),
    case Request of
        [<<"note">>] -> {noreply, A};
        [<<"release">>] ->
            [gen_server:reply(From, <<"late">>) || From <- lists:reverse(Kept)],
            {noreply, A#{kept := []}};
        [<<"stop">>, Reason] -> {stop, reason(Reason), A};
        [<<"crash">>] -> error(oops)
    end.

handle_info({do, Ops, World}, A) -> {noreply, perform_all(Ops, maps:merge(A, World))};
handle_info({ping, Round}, A) -> pong(Round, A), {noreply, A};
handle_info(Other, A) -> hear(Other, A), {noreply, A}.

handle_continue(go, A) -> tell("self", ["continue"], A), {noreply, A}.

terminate(Reason, A) -> tell("self", ["terminate ", reason_text(Reason)], A).

%% ---- words

words(Text) -> binary:split(Text, <<" ">>, [global]).

%% Names are atoms, and unlike those of other programs.
atom(Name, #{prefix := Prefix}) -> binary_to_atom(<<Prefix/binary, "_", Name/binary>>).
name_text(Name, Prefix) ->
    Skip = byte_size(Prefix) + 1,
    <<_:Skip/binary, Text/binary>> = atom_to_binary(Name),
    Text.

holder(undefined) -> "nobody";
holder(Pid) -> Pid.

badarg(Work) -> try Work() catch error:badarg -> "badarg" end.

left(false) -> "false";
left(Milliseconds) when is_integer(Milliseconds) -> "left".

reason(<<"shutdown(", Rest/binary>>) -> {shutdown, binary:part(Rest, 0, byte_size(Rest) - 1)};
reason(Word) -> binary_to_atom(Word).

reason_text({calling_self, {gen_server, call, _}}) -> "call(deadlock)";
reason_text({Reason, {gen_server, call, _}}) -> ["call(", reason_text(Reason), ")"];
reason_text({Reason, {sys, terminate, _}}) -> reason_text(Reason);
reason_text({shutdown, Detail}) when is_binary(Detail) -> ["shutdown(", Detail, ")"];
reason_text({Error, [{_, _, _, _} | _]}) -> ["error(", reason_text(Error), ")"];
reason_text(Reason) when is_atom(Reason) -> atom_to_list(Reason);
reason_text(Other) -> io_lib:format("~0p", [Other]).
