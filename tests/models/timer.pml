/* One timer cell: cancelling against firing, and the cell's next life (detail/timer_cell_impl.hpp).
 *
 * A plain thread arms the cell, which is handed over to the worker; he and another one cancel, at
 * any moment, the other one perhaps long after. The worker adopts what was handed over, fires, and
 * gives the cell back; then it, or the plain thread, arms the cell once more, as another timer.
 *
 * What is handed over through the worker's list (see inbox.pml) is here two flags.
 *
 * Invariants
 *   either or      of a timer's firing and its cancelling exactly one happens
 *   once given     the cell is given back once per life, not while it is in the wheel or on its way
 *   the cell's own its content (CELL) is touched by who may: no data race
 *   its own only   who cancels the first timer never cancels the second
 *
 * Steps: timer.arm.state, timer.adopt.cas, timer.fire.cas, timer.cancel.transit, timer.cancel.armed,
 * timer.release.state, timer.release.give
 */
#define THREADS 3
#define ATOMS 1
#define STATE 0
#define CELL 1
#define LOCS 2
#include "memory.pml"

#define OVER 0
#define TRANSIT 1
#define ARMED 2
#define CANCELLED 3
#define DROPPED 4
#define AS(s, phase) (((s) << 3) | (phase))
#define SERIAL(x) ((x) >> 3)

bool known;        /* the first timer is armed: its reference may be used */
bool known_2;
byte armer;        /* of the second timer */
byte handed;       /* how often the cell is on its way to the worker */
bool linked;       /* it is in the wheel */
bool free_cell;    /* nobody's */
byte fired[3];
byte cancelled[3];
byte given;

/* advance(): from one phase to another, if the timer still is `s`. */
inline advance(me, s, from, to, atomically, acquires, releases, ok) {
  w = AS(s, from);
  if
  :: (atomically) -> compare_exchange(me, STATE, w, AS(s, to), acquires, releases, 1, ok)
  :: else ->
     load(me, STATE, 1, w);
     if
     :: w == AS(s, from) -> store(me, STATE, AS(s, to), 1); ok = true
     :: else -> ok = false
     fi
  fi;
  w = 0
}

inline release_cell(me) {
  touch(me, CELL);
  if :: WEAK_timer_release_give -> give_cell(me) :: else fi;
  load(me, STATE, 0, w);
  /* step: timer.release.state */
  store(me, STATE, AS(SERIAL(w) + !WEAK_timer_release_state, OVER), 1);
  w = 0;
  /* step: timer.release.give */
  if :: !WEAK_timer_release_give -> give_cell(me) :: else fi
}

inline give_cell(me) {
  atomic {
    assert(!free_cell && !linked && handed == 0); /* once given */
    free_cell = true; given++
  }
}

inline cancel(me, s) {
  /* step: timer.cancel.transit */
  advance(me, s, TRANSIT, DROPPED, !WEAK_timer_cancel_transit, 1, 1, ok);
  if
  :: ok -> cancelled[s]++; assert(fired[s] == 0)
  :: else ->
     /* step: timer.cancel.armed */
     advance(me, s, ARMED, CANCELLED, !WEAK_timer_cancel_armed, 1, 1, ok);
     if
     :: ok ->
        cancelled[s]++;
        touch(me, CELL);            /* next_handed_over */
        hand_over_all(me, 0);
        handed++
     :: else
     fi
  fi;
  ok = false
}

proctype outsider(byte me) {
  byte w, s;
  bool ok;
  if
  :: me == 1 -> /* arms it; `fire`, `message`, `due` are filled in */
     touch(me, CELL);
     /* step: timer.arm.state */
     if :: !WEAK_timer_arm_state -> store(me, STATE, AS(1, TRANSIT), 1) :: else fi;
     hand_over_all(me, 0);
     handed++;
     if :: WEAK_timer_arm_state -> store(me, STATE, AS(1, TRANSIT), 1) :: else fi;
     known = true
  :: else -> known; hand_over_all(1, me)
  fi;
  if :: cancel(me, 1) :: true fi;
  if
  :: me == 2 && known_2 -> hand_over_all(armer, me); cancel(me, 2)
  :: me == 2 -> cancel(me, 1)
  :: atomic { me == 1 && free_cell && given == 1 -> free_cell = false } /* takes it again */
     hand_over_all(0, me);
     touch(me, CELL);
     load(me, STATE, 1, w); s = SERIAL(w);
     w = 0;
     store(me, STATE, AS(s, TRANSIT), 1);
     hand_over_all(me, 0);
     atomic { handed++; armer = me; known_2 = true }
  :: true
  fi
}

proctype worker() {
  byte w, s;
  bool ok;
  do
  :: handed > 0 -> /* adopted() */
     atomic { assert(handed == 1); handed--; touch(0, CELL) }
     load(0, STATE, 1, w); s = SERIAL(w);
     /* step: timer.adopt.cas */
     advance(0, s, TRANSIT, ARMED, !WEAK_timer_adopt_cas_atomic, 1, !WEAK_timer_adopt_cas_release, ok);
     if
     :: ok -> atomic { assert(!linked); linked = true }
     :: else -> linked = false; release_cell(0)
     fi;
     ok = false; s = 0
  :: linked -> /* its time has come: fire_cell() */
     linked = false;
     load(0, STATE, 1, w); s = SERIAL(w);
     /* step: timer.fire.cas */
     advance(0, s, ARMED, OVER, !WEAK_timer_fire_cas, 1, 1, ok);
     if
     :: ok ->
        touch(0, CELL);
        atomic { fired[s]++; assert(cancelled[s] == 0 && fired[s] == 1) } /* either or */
        release_cell(0)
     :: else
     fi;
     ok = false; s = 0
  :: atomic { free_cell && given == 1 -> free_cell = false } /* the next timer, armed here */
     touch(0, CELL);
     load(0, STATE, 1, w); s = SERIAL(w);
     w = 0;
     store(0, STATE, AS(s, ARMED), 1);
     atomic { assert(s < 3); linked = true; known_2 = true; s = 0 }
  :: !linked && handed == 0 && !(free_cell && given == 1) ->
end: (linked || handed > 0 || (free_cell && given == 1))
  od
}

init {
  atomic { VALUE(STATE, 0) = AS(1, OVER); run worker(); run outsider(1); run outsider(2) }
}

active proctype nothing_moves() {
  timeout;
  assert(fired[1] + cancelled[1] == 1); /* either or */
  assert(fired[2] + cancelled[2] == 1); /* its own only: the second was asked for by its number */
  assert(given == 2 && free_cell)
}
