/* How a worker sleeps and is woken (park, wake, notify_others, schedule_from_outside in
 * detail/worker_io_impl.hpp and worker_queues_impl.hpp). Who watches meanwhile is in watch.pml.
 *
 * Two workers find nothing and lie down, again and again. A plain thread publishes a process for
 * worker 0 alone and asks the flag; a third worker, which is busy, publishes one that any may run,
 * and asks the count before the flags. All handlers are short. A sleep that ends by itself is not
 * here: to others it is as a look that finds something.
 *
 * Memory is that of memory.pml: nothing is ordered that the code does not order, and less: the
 * exchanges of the flag and what is published are relaxed, so that there are fewer states. In the
 * code the fence before the look at the flag is part of who publishes: notify_others, schedule,
 * schedule_from_outside, hand_over.
 *
 * Invariants
 *   no lost wake-up  when nothing moves any more, no work waits while its worker sleeps
 *   the count        of parked workers is right when nothing moves any more
 *
 * Steps: park.publish.fence, park.flag, park.count, park.fence, park.look, park.wake.exchange,
 * park.unpark.exchange
 */
#define THREADS 4
#define ATOMS 5
#define PARKED(w) (w)
#define COUNT 2
#define WORK 3      /* for any worker */
#define INBOX 4     /* for worker 0 */
#define LOCS 5
#define AGES 2
#include "memory.pml"

byte posted[2];     /* handlers in a worker's io_context */

/* wake(): who clears the flag counts down and posts. */
inline wake(me, w) {
  /* step: park.wake.exchange */
  if
  :: WEAK_park_wake_exchange -> load(me, PARKED(w), 0, x); store(me, PARKED(w), 0, 0)
  :: else -> exchange(me, PARKED(w), 0, 0, 0, x)
  fi;
  if
  :: x != 0 -> atomic { fetch_add(me, COUNT, 255, 0, 0); hand_over_all(me, w); posted[w]++; x = 0 }
  :: else
  fi
}

proctype worker(byte me) {
  byte x;
  do
  :: /* park(); step: park.flag */
     if :: !WEAK_park_flag -> store(me, PARKED(me), 1, 0) :: else fi;
     /* step: park.count */
     if :: !WEAK_park_count -> fetch_add(me, COUNT, 1, 0, 0) :: else fi;
     /* step: park.fence */
     if :: !WEAK_park_fence -> fence(me) :: else fi;
     if :: WEAK_park_flag -> store(me, PARKED(me), 1, 0) :: else fi;
     if :: WEAK_park_count -> fetch_add(me, COUNT, 1, 0, 0) :: else fi;
     /* step: park.look */
     load(me, WORK, 0, x);
     if :: x == 0 && me == 0 -> load(me, INBOX, 0, x) :: else fi;
     if
     :: x == 0 || WEAK_park_look ->
end_sleep: atomic { posted[me] > 0 -> posted[me]-- }
     :: else
     fi;
     /* step: park.unpark.exchange */
     exchange(me, PARKED(me), 0, 0, 0, x);
     if
     :: x != 0 && !WEAK_park_unpark_exchange -> fetch_add(me, COUNT, 255, 0, 0)
     :: else
     fi;
     atomic { /* next(), until there is nothing */
       exchange(me, WORK, 0, 0, 0, x);
       if :: me == 0 -> exchange(me, INBOX, 0, 0, 0, x) :: else fi;
       x = 0
     }
  od
}

proctype outsider() { /* schedule_from_outside() */
  byte x;
  fetch_add(2, INBOX, 1, 0, 0);
  /* step: park.publish.fence */
  if :: !WEAK_park_publish_fence_outside -> fence(2) :: else fi;
  load(2, PARKED(0), 0, x);
  if :: x != 0 -> x = 0; wake(2, 0) :: else fi
}

proctype busy() { /* notify_others() */
  byte x;
  fetch_add(3, WORK, 1, 0, 0);
  /* step: park.publish.fence */
  if :: !WEAK_park_publish_fence -> fence(3) :: else fi;
  load(3, COUNT, 0, x);
  if
  :: x != 0 ->
     x = 0;
     load(3, PARKED(0), 0, x);
     if
     :: x != 0 -> x = 0; wake(3, 0)
     :: else -> load(3, PARKED(1), 0, x); if :: x != 0 -> x = 0; wake(3, 1) :: else fi
     fi
  :: else
  fi
}

init { atomic { run worker(0); run worker(1); run outsider(); run busy() } }

active proctype nothing_moves() {
  timeout;
  assert(VALUE(WORK, 0) == 0 && VALUE(INBOX, 0) == 0);                 /* no lost wake-up */
  assert(VALUE(COUNT, 0) == VALUE(PARKED(0), 0) + VALUE(PARKED(1), 0)) /* the count */
}
