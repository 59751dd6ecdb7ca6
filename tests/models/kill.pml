/* The mark of who was killed (mark_killed in detail/process.hpp, is_alive in detail/process_impl.hpp):
 * who kills a process is told after that it is not alive (P-012), although the signal may not have
 * arrived. The mark is the serial of who was killed last in the slot, and who kills may be late.
 *
 * Three processes live in the slot, one after the other. Each is killed by a thread of its own, at
 * any moment after it has begun; that thread then asks whether it is alive. A process ends at any
 * moment: when its signal arrives, or by itself.
 *
 * Invariants
 *   dead is dead  who has killed a process finds that it is not alive
 *
 * Steps: kill.mark.look, kill.mark.cas, kill.ask.mark
 */
#define THREADS 4
#define ATOMS 3
#define WORD 0
#define SERIAL 1
#define KILLED 2
#define LOCS 3
#include "memory.pml"

byte lives = 1;     /* who has begun */

proctype slot() {
  byte x;
  do
  :: lives < 3 ->
     exchange(0, WORD, 0, 1, 1, x);
     store(0, SERIAL, 0, 0);
     store(0, SERIAL, lives + 1, 1);
     store(0, WORD, 1, 1);
     hand_over_all(0, lives + 1); /* its pid */
     lives++;
     x = 0
  :: true -> break
  od
}

/* x: the serial of who is there, or 0. */
inline is_there(me, x) {
  load(me, WORD, 1, x);
  if :: x != 0 -> load(me, SERIAL, 0, x) :: else fi
}

/* Kills process `me`, and asks. */
proctype killer(byte me) {
  byte last, x;
  bool ok;
end: lives >= me;
  load(me, SERIAL, 0, x); /* find() */
  if
  :: x == me -> /* mark_killed() */
     load(me, KILLED, !WEAK_kill_mark_look_acquire, last);
     do
     :: last == me -> break
     :: else ->
        /* step: kill.mark.look */
        load(me, SERIAL, 0, x);
        if :: x != me && !WEAK_kill_mark_look -> break :: else fi;
        /* step: kill.mark.cas */
        if
        :: WEAK_kill_mark_cas_atomic -> store(me, KILLED, me, 1); ok = true
        :: else ->
           compare_exchange(me, KILLED, last, me, 0, !WEAK_kill_mark_cas_release,
                            !WEAK_kill_mark_cas_retry, ok)
        fi;
        if :: ok -> break :: else fi
     od
  :: else
  fi;
  last = 0;
  /* is_alive(): the serial, the mark, and then is_there() */
  load(me, SERIAL, 0, x);
  if :: WEAK_kill_ask_mark_order && x == me -> is_there(me, x) :: else fi;
  if
  :: x == me ->
     /* step: kill.ask.mark */
     load(me, KILLED, !WEAK_kill_ask_mark_acquire, last);
     if :: !WEAK_kill_ask_mark_order && last != me -> is_there(me, x) :: else fi;
     assert(last == me || x != me) /* dead is dead */
  :: else
  fi
}

init {
  atomic {
    VALUE(WORD, 0) = 1; VALUE(SERIAL, 0) = 1;
    run slot(); run killer(1); run killer(2); run killer(3)
  }
}
