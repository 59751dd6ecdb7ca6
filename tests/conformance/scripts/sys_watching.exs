# sys_watching
# What the events of a server's work are, and who is told of them. The server is a sum: the cast add adds, the
# call get is answered at once, the call later is answered by hand, the message again asks to be told
# when it is idle.
# Statistics: off they are nothing; on they count what comes in and what handlers return as answers,
# from then on.
# A log of three has the last three events, a message and what it led to apart, the oldest first.
# A debug function is called with every event until it is removed, fails, or says that it is done; a
# second one of the same id is ignored.
# The status says whether the server is suspended; no_debug ends all watching, not the suspension.
#
# Trace conventions (the same in every scenario):
#   every line is "who: what happened"; lines appear in causal order, printed by the actor named.
#   exit reasons print as: normal, kill, killed, noproc, timeout, shutdown, shutdown(x), any custom
#   word as itself, error(text) for a failure with that message, and call-exit(r) / stop-exit(r) /
#   await-exit(r) ... when the reason is "operation call/stop/await failed because r".
#   "value v" = the operation returned v; "exit r" = it ended with exit r, which was caught;
#   "raised e" = it failed with a plain error (badarg: bad argument, noproc: no such process).

:logger.set_primary_config(:level, :none)

defmodule T do
  # print one trace line
  def say(line), do: IO.puts(line)

  # canonical text of an exit reason
  def reason(r) when is_atom(r), do: Atom.to_string(r)
  def reason(r) when is_integer(r), do: Integer.to_string(r)
  def reason({:shutdown, x}), do: "shutdown(#{reason(x)})"
  def reason({%{__exception__: true} = e, st}) when is_list(st), do: "error(#{Exception.message(e)})"
  # stop is built on an inner "terminate" request; show only the outer operation
  def reason({r, {:sys, :terminate, _}}), do: reason(r)
  def reason({r, {m, f, a}}) when is_atom(m) and is_atom(f) and is_list(a), do: "#{f}-exit(#{reason(r)})"
  def reason({:already_started, _pid}), do: "already_started"

  # run f: its value, or the exit/error it ended with, as text
  def attempt(f) do
    try do
      "value " <> text(f.())
    catch
      :exit, r -> "exit " <> reason(r)
      :error, %ErlangError{original: o} -> "raised " <> text(o)
      :error, %ArgumentError{} -> "raised badarg"
      :error, %{__struct__: s} -> "raised " <> (s |> Module.split() |> List.last() |> Macro.underscore())
      :error, r when is_atom(r) -> "raised " <> Atom.to_string(r)
    end
  end

  def text(v) when is_binary(v), do: v
  def text(v) when is_atom(v), do: Atom.to_string(v)
  def text(v), do: inspect(v)

  # block until pid is gone and return its exit reason (pid must still be alive, or noproc)
  def gone(pid) do
    ref = Process.monitor(pid)
    receive do {:DOWN, ^ref, _, _, why} -> why end
  end

  # send an exit signal and return the reason the target died with
  def shoot(pid, why) do
    ref = Process.monitor(pid)
    Process.exit(pid, why)
    receive do {:DOWN, ^ref, _, _, r} -> r end
  end

  # is there any message left? (waits a little so that stray ones can arrive)
  def mailbox(ms \\ 50) do
    receive do _ -> "mailbox not empty" after ms -> "mailbox empty" end
  end
end

defmodule Sum do
  use GenServer
  def init(n), do: {:ok, n}
  def handle_cast({:add, n}, s), do: {:noreply, s + n}
  def handle_call(:get, _from, s), do: {:reply, s, s}
  def handle_call(:later, from, s) do
    GenServer.reply(from, s)
    {:noreply, s}
  end
  def handle_info(:again, s), do: {:noreply, s, 10}
  def handle_info(:timeout, s), do: {:noreply, s}

  def event({:in, {:"$gen_cast", {:add, _}}}), do: "in add"
  def event({:in, {:"$gen_call", _from, m}}), do: "in #{m}"
  def event({:out, _r, _to, s}), do: "out #{s}"
  def event({:noreply, s}), do: "noreply #{s}"

  def counts(p) do
    case :sys.statistics(p, :get) do
      {:ok, :no_statistics} -> "none"
      {:ok, l} -> "#{l[:messages_in]} in, #{l[:messages_out]} out"
    end
  end

  def status(p) do
    {:status, _, _, [_, state, _, dbg, _]} = :sys.get_status(p)
    "#{state}, #{length(dbg)} debugging"
  end
end

{:ok, p} = GenServer.start(Sum, 0)
work = fn ->
  GenServer.cast(p, {:add, 1})
  GenServer.call(p, :get)
  GenServer.call(p, :later)
end

T.say("main: statistics #{Sum.counts(p)}")
work.()
:sys.statistics(p, true)
work.()
T.say("main: statistics #{Sum.counts(p)}")
send(p, :again)
Process.sleep(60)
T.say("main: statistics #{Sum.counts(p)}")
:sys.statistics(p, false)
T.say("main: statistics #{Sum.counts(p)}")

:sys.log(p, {true, 3})
work.()
{:ok, events} = :sys.log(p, :get)
T.say("main: log #{Enum.map_join(events, ", ", &Sum.event/1)}")
:sys.log(p, false)

:sys.install(p, {:first, fn n, e, _ -> T.say("first: #{n} #{Sum.event(e)}"); n + 1 end, 0})
:sys.install(p, {:first, fn n, e, _ -> T.say("again: #{n} #{Sum.event(e)}"); n + 1 end, 0})
work.()
:sys.remove(p, :first)
:sys.install(p, {:fails, fn _, e, _ -> T.say("fails: #{Sum.event(e)}"); raise "oops" end, 0})
work.()
:sys.install(p, {:done, fn _, e, _ -> T.say("done: #{Sum.event(e)}"); :done end, 0})
work.()
T.say("main: get #{GenServer.call(p, :get)}")

T.say("main: status #{Sum.status(p)}")
:sys.statistics(p, true)
:sys.install(p, {:idle, fn n, _, _ -> n end, 0})
:sys.suspend(p)
T.say("main: status #{Sum.status(p)}")
:sys.no_debug(p)
T.say("main: status #{Sum.status(p)}")
:sys.resume(p)
T.say("main: status #{Sum.status(p)}")
