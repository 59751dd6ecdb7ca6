/* How a worker sleeps and is woken, and who watches (park, block, wake, notify_others in
 * detail/worker_io_impl.hpp and worker_queues_impl.hpp; loop in worker_run_impl.hpp).
 *
 * Two workers. A plain thread publishes one process that any worker may run, and wakes a sleeper.
 * That process queues a second one, which any worker may run, wakes a third one, which goes into the
 * slot of its worker, and does not end: a long handler. Only the other worker can help.
 *
 * Worker 0 lies down at most twice and worker 1 once, then the run is cut: longer runs are not looked at.
 * A watch of worker 0 ends at any time once, and after that when there is something to see.
 * Bounded: its states do not all fit into 1 GB. The search ends there, and finds every weakening
 * before; that no other order of the whole model fails is not proven.
 *
 * Memory is that of memory.pml: nothing is ordered that the code does not order. In the code the
 * fence before the look at the flag is part of who publishes: notify_others, schedule,
 * schedule_from_outside, hand_over.
 *
 * Invariants
 *   no lost wake-up  when nothing moves any more, no work waits while its worker sleeps
 *   somebody watches while something waits behind a long handler
 *   one watcher      at most
 *   the count        of parked workers is right when nothing moves any more
 *
 * That a woken worker orders its look at the watcher (a fence, then notify_others) needs longer runs:
 * it is in the model, but no weakening of it fails within these bounds.
 *
 * Steps: park.publish.fence, park.flag, park.count, park.fence, park.look, park.wake.exchange,
 * park.unpark.exchange, park.watch.everyone, park.watch.one, park.watch.end
 */
#define THREADS 3
#define ATOMS 5
#define WORK 0
#define PARKED(w) (1 + (w))
#define COUNT 3
#define WATCHED 4
#define LOCS 5
#define AGES 2
#include "memory.pml"

byte posted[2];     /* handlers in a worker's io_context */
bool stuck[2];      /* runs the long handler */
bool watches[2];
byte slot[2];       /* the process just woken; its swap is in inbox.pml */
bool cut;

/* wake(): who clears the flag counts down and posts. */
inline wake(me, w, x) {
  /* step: park.wake.exchange */
  if
  :: WEAK_park_wake_exchange -> load(me, PARKED(w), 0, x); store(me, PARKED(w), 0, 0)
  :: else -> exchange(me, PARKED(w), 0, 1, 1, x)
  fi;
  if
  :: x != 0 -> fetch_add(me, COUNT, 255, 0, 0); hand_over_all(me, w); posted[w]++
  :: else
  fi;
  x = 0
}

/* What was just published: is somebody asleep? */
inline notify_others(me, x, y) {
  /* step: park.publish.fence */
  if :: !WEAK_park_publish_fence -> fence(me) :: else fi;
  load(me, COUNT, 0, x);
  if
  :: x != 0 ->
     load(me, PARKED(1 - me), 0, y);
     if :: y != 0 -> y = 0; wake(me, 1 - me, x) :: else fi
  :: else
  fi;
  x = 0; y = 0
}

proctype worker(byte me) {
  byte x, y, now_runs, rounds;
  bool just_woken, watch;
  bool early = (me == 0);
  byte other = 1 - me;
  do
  :: true -> /* next() */
     exchange(me, WORK, 0, 1, 1, x);
     if
     :: x != 0 ->
        now_runs = x;
        if
        :: just_woken ->
           just_woken = false;
           fence(me);
           load(me, WATCHED, 0, y);
           if
           :: y == 0 -> x = 0; notify_others(me, x, y); x = now_runs
           :: else
           fi;
           y = 0
        :: else
        fi;
        if
        :: x == 1 -> /* the long handler: queues one, wakes one */
           store(me, WORK, 2, 1);
           notify_others(me, x, y);
           slot[me] = 3;
           stuck[me] = true;
           break
        :: else -> x = 0; now_runs = 0
        fi
     :: else
     fi;
     /* park() */
     if
     :: rounds == (me == 0 -> 2 : 1) -> cut = true;
end_cut: false
     :: else -> rounds++
     fi;
     /* step: park.flag */
     if :: !WEAK_park_flag -> store(me, PARKED(me), 1, 0) :: else fi;
     /* step: park.count */
     if :: !WEAK_park_count -> fetch_add(me, COUNT, 1, 0, 0) :: else fi;
     /* step: park.fence */
     if :: !WEAK_park_fence -> fence(me) :: else fi;
     if :: WEAK_park_flag -> store(me, PARKED(me), 1, 0) :: else fi;
     if :: WEAK_park_count -> fetch_add(me, COUNT, 1, 0, 0) :: else fi;
     /* step: park.look */
     load(me, WORK, 0, x);
     if
     :: x == 0 || WEAK_park_look ->
        x = 0;
        /* block() */
        /* step: park.watch.everyone */
        if
        :: WEAK_park_watch_everyone -> load(me, COUNT, 0, x); x = (x >= 2)
        :: else -> load(me, PARKED(other), 0, x)
        fi;
        if
        :: x == 0 ->
           /* step: park.watch.one */
           if
           :: WEAK_park_watch_one_atomic -> load(me, WATCHED, 1, y); store(me, WATCHED, 1, 1)
           :: else -> exchange(me, WATCHED, 1, 1, 1, y)
           fi;
           watch = (y == 0)
        :: else
        fi;
        x = 0; y = 0;
        if
        :: watch ->
           assert(!watches[other]); /* one watcher */
           watches[me] = true;
end_watch: if
           :: atomic { posted[me] > 0 -> posted[me]--; watches[me] = false }
           :: atomic { early -> early = false; watches[me] = false }
           :: atomic { stuck[other] && slot[other] != 0 -> watches[me] = false }
           fi;
           load(me, PARKED(other), 0, y);
           if
           :: y == 0 -> slot[other] = 0
           :: else
           fi;
           x = 0; y = 0; watch = false;
           /* step: park.watch.end */
           if :: !WEAK_park_watch_end -> store(me, WATCHED, 0, 1) :: else fi
        :: else ->
end_sleep: atomic { posted[me] > 0 -> posted[me]-- }
        fi
     :: else
     fi;
     x = 0;
     /* step: park.unpark.exchange */
     exchange(me, PARKED(me), 0, 1, 1, x);
     if
     :: x != 0 && !WEAK_park_unpark_exchange -> fetch_add(me, COUNT, 255, 0, 0)
     :: else
     fi;
     x = 0;
     just_woken = true
  od
}

proctype outsider() {
  byte x, y;
  store(2, WORK, 1, 1);
  if :: !WEAK_park_publish_fence -> fence(2) :: else fi;
  load(2, PARKED(0), 0, y);
  if
  :: y != 0 -> y = 0; wake(2, 0, x)
  :: else -> load(2, PARKED(1), 0, y); if :: y != 0 -> y = 0; wake(2, 1, x) :: else fi
  fi
}

init { atomic { run worker(0); run worker(1); run outsider() } }

active proctype nothing_moves() {
end_cut: timeout && !cut;
  assert(stuck[0] || stuck[1]);                           /* no lost wake-up: 1 was run */
  assert(VALUE(WORK, 0) == 0 || (stuck[0] && stuck[1]));  /* and 2 */
  assert(slot[0] == 0 || watches[1]);           /* somebody watches */
  assert(slot[1] == 0 || watches[0]);
  assert(VALUE(COUNT, 0) == VALUE(PARKED(0), 0) + VALUE(PARKED(1), 0)) /* the count */
}
