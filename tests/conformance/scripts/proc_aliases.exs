# proc_aliases
# Aliases: addresses that their owner closes. Each answerer is a process of its own, which sends what it is
# asked to and then says that it is done, so that main knows when an answer must have arrived.
# plain: answers one and two arrive; after unalias a third does not; a second unalias says false.
# reply: of two answers only the first arrives, and the alias is closed by it.
# A monitor with alias reply_demonitor: the answer arrives, then the server ends and nobody hears of it.
# A monitor with alias demonitor: the server ends, main is told, and a later answer does not arrive.
# A monitor with alias explicit_unalias: the server ends, main is told, and a later answer does arrive.
# An alias of a process that has ended takes messages and loses them.
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

main = self()

# another process sends these to the alias; returns when it has
answer = fn to, words ->
  spawn(fn ->
    for w <- words, do: send(to, {:answer, w})
    send(main, :done)
  end)
  receive do :done -> :ok end
end

# everything that has arrived
arrived = fn arrived, acc ->
  receive do
    {:answer, w} -> arrived.(arrived, acc ++ [w])
    {:DOWN, _, _, _, r} -> arrived.(arrived, acc ++ ["down " <> T.reason(r)])
  after
    50 -> "[" <> Enum.join(acc, ", ") <> "]"
  end
end

server = fn -> spawn(fn -> receive do :stop -> exit(:done) end end) end

plain = :erlang.alias()
answer.(plain, ["one", "two"])
T.say("main: plain #{arrived.(arrived, [])}")
T.say("main: plain closed #{:erlang.unalias(plain)}")
answer.(plain, ["three"])
T.say("main: plain #{arrived.(arrived, [])}")
T.say("main: plain closed #{:erlang.unalias(plain)}")

reply = :erlang.alias([:reply])
answer.(reply, ["one", "two"])
T.say("main: reply #{arrived.(arrived, [])}")
T.say("main: reply closed #{:erlang.unalias(reply)}")

s = server.()
ref = :erlang.monitor(:process, s, alias: :reply_demonitor)
answer.(ref, ["one", "two"])
send(s, :stop)
T.gone(s)
T.say("main: reply_demonitor #{arrived.(arrived, [])}")
T.say("main: reply_demonitor active #{:erlang.demonitor(ref, [:info])} #{:erlang.unalias(ref)}")

s = server.()
ref = :erlang.monitor(:process, s, alias: :demonitor)
answer.(ref, ["one"])
send(s, :stop)
T.say("main: demonitor #{arrived.(arrived, [])}")
answer.(ref, ["late"])
T.say("main: demonitor #{arrived.(arrived, [])}")
T.say("main: demonitor active #{:erlang.unalias(ref)}")

s = server.()
ref = :erlang.monitor(:process, s, alias: :explicit_unalias)
send(s, :stop)
T.say("main: explicit #{arrived.(arrived, [])}")
answer.(ref, ["late"])
T.say("main: explicit #{arrived.(arrived, [])}")
T.say("main: explicit active #{:erlang.unalias(ref)} #{:erlang.unalias(ref)}")

owner = spawn(fn -> send(main, {:alias, :erlang.alias()}) end)
gone = receive do {:alias, a} -> a end
T.gone(owner)
answer.(gone, ["late"])
T.say("main: gone #{arrived.(arrived, [])}")
