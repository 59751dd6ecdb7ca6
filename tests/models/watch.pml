/* Who watches (block in detail/worker_io_impl.hpp; watch_behind_us in worker_run_impl.hpp): the
 * process just woken waits in the slot of its worker, where only a worker that watches finds it
 * when a long handler runs. Nobody watches when all sleep, so who is woken looks after that.
 *
 * Two workers that run, lie down, watch and are woken as often as they like. One process is there
 * to be run, and a plain thread publishes another, and wakes one of those who sleep. Of the
 * handlers at most one is long: it wakes a process, which goes into the slot, and does not end.
 * That sleeping and waking as such lose nothing is in park.pml; here what is published is seen at
 * once.
 *
 * Memory is that of memory.pml, and all but the fences is relaxed, so that there are fewer states.
 *
 * Invariants
 *   somebody watches  when nothing moves any more, nobody waits behind the long handler, in the slot
 *                     of its worker or for any
 *   one watcher       at most
 *
 * Steps: watch.everyone, watch.one, watch.end, watch.woken.fence, watch.woken.notify
 */
#define THREADS 3
#define ATOMS 4
#define PARKED(w) (w)
#define COUNT 2
#define WATCHED 3
#define LOCS 4
#define AGES 2
#include "memory.pml"

byte work = 1;      /* processes for any worker */
byte posted[2];     /* handlers in a worker's io_context */
bool stuck[2];      /* runs the long handler */
bool watches[2];
bool slot[2];       /* the process just woken; its swap is in inbox.pml */

inline wake(me, w) {
  exchange(me, PARKED(w), 0, 0, 0, x);
  if
  :: x != 0 -> atomic { fetch_add(me, COUNT, 255, 0, 0); hand_over_all(me, w); posted[w]++; x = 0 }
  :: else
  fi
}

inline notify_others(me) {
  fence(me);
  load(me, COUNT, 0, x);
  if
  :: x != 0 ->
     x = 0;
     load(me, PARKED(1 - me), 0, x);
     if :: x != 0 -> x = 0; wake(me, 1 - me) :: else fi
  :: else
  fi
}

proctype worker(byte me) {
  byte x, y;
  bool just_woken, watch;
  byte other = 1 - me;
  do
  :: atomic { if :: work > 0 -> work--; y = 1 :: else fi } /* next() */
     if
     :: y == 1 ->
        y = 0;
        if
        :: just_woken -> /* watch_behind_us() */
           just_woken = false;
           /* step: watch.woken.fence */
           if :: !WEAK_watch_woken_fence -> fence(me) :: else fi;
           /* step: watch.woken.notify */
           load(me, WATCHED, 0, x);
           if :: x == 0 && !WEAK_watch_woken_notify -> notify_others(me) :: else fi;
           x = 0
        :: else
        fi;
        if
        :: atomic { !stuck[other] -> stuck[me] = true; slot[me] = true }; break
        :: true
        fi
     :: else
     fi;
     /* park() */
     store(me, PARKED(me), 1, 0);
     fetch_add(me, COUNT, 1, 0, 0);
     fence(me);
     if
     :: work == 0 -> /* block() */
        /* step: watch.everyone */
        if
        :: WEAK_watch_everyone -> load(me, COUNT, 0, x); x = (x >= 2)
        :: else -> load(me, PARKED(other), 0, x)
        fi;
        if
        :: x == 0 ->
           /* step: watch.one */
           if
           :: WEAK_watch_one -> load(me, WATCHED, 0, y); store(me, WATCHED, 1, 0)
           :: else -> exchange(me, WATCHED, 1, 0, 0, y)
           fi;
           watch = (y == 0)
        :: else
        fi;
        x = 0; y = 0;
        if
        :: watch ->
           atomic {
             assert(!watches[other]); /* one watcher */
             watches[me] = true;
             y = stuck[other]         /* compares its turns at the beginning with those at the end */
           }
           atomic { if :: posted[me] > 0 -> posted[me]-- :: true fi } /* woken, or its time is over */
           if
           :: y != 0 ->
              load(me, PARKED(other), 0, x);
              if :: x == 0 -> slot[other] = false :: else fi
           :: else
           fi;
           x = 0; y = 0;
           watches[me] = false; watch = false;
           /* step: watch.end */
           if :: !WEAK_watch_end -> store(me, WATCHED, 0, 0) :: else fi
        :: else ->
end_sleep: atomic { posted[me] > 0 -> posted[me]-- }
        fi
     :: else
     fi;
     exchange(me, PARKED(me), 0, 0, 0, x);
     if :: x != 0 -> atomic { fetch_add(me, COUNT, 255, 0, 0); x = 0 } :: else fi;
     just_woken = true
  od
}

proctype outsider() {
  byte x, w;
  work++;
  fence(2);
  if :: w = 0 :: w = 1 fi;
  load(2, PARKED(w), 0, x);
  if :: x == 0 -> w = 1 - w; load(2, PARKED(w), 0, x) :: else fi;
  if :: x != 0 -> x = 0; wake(2, w) :: else fi
}

init { atomic { run worker(0); run worker(1); run outsider() } }

active proctype nothing_moves() {
  timeout;
  assert(work == 0 && !slot[0] && !slot[1]) /* somebody watches */
}
