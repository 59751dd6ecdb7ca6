/* How other threads give a worker something to run: its inbox, which any thread pushes to and the
 * worker drains (detail/run_queue.hpp; the cells of timers come the same way, hand_over in
 * detail/worker_timers_impl.hpp).
 *
 * Two outsiders push two processes each; the worker drains.
 *
 * Invariants
 *   exactly once  each process that was given is taken once
 *   published     who takes it sees it as who gave it left it (PROCESS, with its queue_next)
 *   no loss       when nothing moves any more, all were taken
 *   in order      what one thread pushed is drained the oldest first
 *
 * Steps: inbox.push.link, inbox.push.cas, inbox.drain.exchange, handed.push.link, handed.push.cas,
 * handed.adopt.exchange
 */
#define THREADS 3
#define ATOMS 1
#define INBOX 0
#define PROCESS(p) (p)
#define LOCS 5
#define AGES 2
#include "memory.pml"

/* The cells of timers are given in the same way: a weakening of one is as good as of the other. */
#define WEAK_LINK (WEAK_inbox_push_link || WEAK_handed_push_link)
#define WEAK_PUSH_RELEASE (WEAK_inbox_push_cas_release || WEAK_handed_push_cas_release)
#define WEAK_PUSH_ATOMIC (WEAK_inbox_push_cas_atomic || WEAK_handed_push_cas_atomic)
#define WEAK_TAKE_ACQUIRE (WEAK_inbox_drain_exchange_acquire || WEAK_handed_adopt_exchange_acquire)
#define WEAK_TAKE_ATOMIC (WEAK_inbox_drain_exchange_atomic || WEAK_handed_adopt_exchange_atomic)

byte queue_next[5];
byte given[5];
byte taken[5];
bool done[THREADS];
hidden byte h_p;

inline take_one(me, p) {
  d_step {
    assert(AGE(me, PROCESS(p)) == 0); /* published */
    grow_older(me, PROCESS(p));
    assert(taken[p] < given[p]);      /* exactly once */
    taken[p]++;
    m_i = 0
  }
}

proctype thread(byte me) {
  byte p, old, last_of_1;
  bool ok;
  byte mine = (me == 1 -> 1 : 3); /* given next: 1 2, 3 4 */
  byte left = 2;

  do
  :: me != 0 && left > 0 -> /* schedule_from_outside, hand_over */
     atomic {
       p = mine; mine++; left--;
       touch(me, PROCESS(p));
       given[p]++;
       load(me, INBOX, 0, old)
     }
     do
     :: /* step: inbox.push.link, handed.push.link */
        if :: !WEAK_LINK -> touch(me, PROCESS(p)); queue_next[p] = old :: else fi;
        /* step: inbox.push.cas, handed.push.cas */
        if
        :: WEAK_PUSH_ATOMIC -> store(me, INBOX, p, 1); ok = true
        :: else -> compare_exchange(me, INBOX, old, p, 0, !WEAK_PUSH_RELEASE, 0, ok)
        fi;
        if
        :: ok && WEAK_LINK -> touch(me, PROCESS(p)); queue_next[p] = old; break
        :: ok && !WEAK_LINK -> break
        :: else
        fi
     od;
     p = 0; old = 0; ok = false

  :: me == 0 -> /* the worker drains */
     ok = done[1] && done[2]; /* then this is the last look */
     load(me, INBOX, 0, p);
     if
     :: p != 0 ->
        /* step: inbox.drain.exchange, handed.adopt.exchange */
        if
        :: WEAK_TAKE_ATOMIC -> load(me, INBOX, 1, p); store(me, INBOX, 0, 1)
        :: else -> exchange(me, INBOX, 0, !WEAK_TAKE_ACQUIRE, 0, p)
        fi;
        atomic { do
        :: p != 0 ->
           take_one(me, p);
           old = queue_next[p];
           if
           :: p == 2 -> last_of_1 = 2
           :: p == 1 -> assert(taken[2] == 0 || last_of_1 == 2); /* in order */
           :: else
           fi;
           p = old
        :: else -> break
        od;
        last_of_1 = 0; old = 0 }
     :: else
     fi;
     if :: ok -> break :: else fi;
     ok = false

  :: me != 0 && left == 0 -> break
  od;
  hand_over_all(me, 0);
  done[me] = true
}

init { atomic { run thread(0); run thread(1); run thread(2) } }

active proctype nothing_moves() {
  timeout;
  d_step {
    h_p = 1;
    do :: h_p < 5 -> assert(taken[h_p] == given[h_p]); h_p++ :: else -> break od; /* no loss */
    h_p = 0
  }
}
