/* The ring of runnable processes that other workers steal from (detail/run_queue.hpp).
 *
 * Three processes fill the ring, and the owner queues a fourth. What does not fit it keeps, as the
 * runtime does in a queue with a mutex. It takes the oldest or the newest now and then. Two thieves
 * steal: one of them half of what there is, the other a single one. The runtime's thieves take 32 at
 * most, these MOST. Two writes of a location are remembered, so that it can be played.
 *
 * Invariants
 *   exactly once  each process that was queued is taken once
 *   published     who takes it sees it as who queued it left it (PROCESS)
 *   no loss       when nothing moves any more, the owner finds the ring empty and all were taken
 *   in order      what one thief takes becomes older never
 *
 * Steps: ring.push.full, ring.push.entry, ring.push.tail, ring.take.claim, ring.newest.tail,
 * ring.newest.fence, ring.newest.head, ring.newest.restore, ring.steal.fence, ring.steal.tail,
 * ring.steal.entry, ring.steal.claim
 */
#define PROCESSES 4
#define CAPACITY 3
#define MOST 2
#define AGES 2
#define THREADS 3
#define ATOMS (2 + CAPACITY)
#define HEAD 0
#define TAIL 1
#define ENTRY(i) (2 + (i) % CAPACITY)
#define PROCESS(p) (1 + CAPACITY + (p))
#define LOCS (2 + CAPACITY + PROCESSES)
#include "memory.pml"

byte queued[PROCESSES + 1];
byte taken[PROCESSES + 1];
byte already;

/* The owner alone writes the tail and the entries. */
#define OWN(l) VALUE(l, 0)

inline got(t, p) {
  assert(p != 0 && taken[p] < queued[p]); /* exactly once */
  taken[p]++;
  touch(t, PROCESS(p))                     /* published */
}

proctype owner() {
  byte head, tail, p;
  byte next = CAPACITY + 1;  /* the process that is queued next */
  byte takes = 1;            /* looks that are left, before the last ones */
  bool ok;

  do
  :: next <= PROCESSES -> /* push */
     atomic {
       p = next; next++; touch(0, PROCESS(p));
       tail = OWN(TAIL)
     };
     load(0, HEAD, 1, head);
     atomic {
       /* step: ring.push.full */
       ok = tail - head < CAPACITY + WEAK_ring_push_full; /* else it goes elsewhere */
       if :: ok -> queued[p]++ :: else fi;
       head = 0
     };
     if
     :: ok ->
        if :: WEAK_ring_push_entry_order -> store(0, TAIL, tail + 1, 1) :: else fi;
        /* step: ring.push.entry */
        store(0, ENTRY(tail), p, 0);
        /* step: ring.push.tail */
        atomic {
          if
          :: !WEAK_ring_push_entry_order -> store(0, TAIL, tail + 1, !WEAK_ring_push_tail_release)
          :: else
          fi;
          tail = 0; p = 0; ok = false
        }
     :: else -> atomic { tail = 0; p = 0 }
     fi

  :: takes > 0 || next > PROCESSES -> /* take */
     atomic {
       if :: takes > 0 -> takes-- :: else fi;
       tail = OWN(TAIL)
     };
     load(0, HEAD, 0, head);
     do
     :: head == tail -> break
     :: else ->
        atomic {
          p = OWN(ENTRY(head));
          /* step: ring.take.claim */
          if
          :: WEAK_ring_take_claim_atomic -> store(0, HEAD, head + 1, 0); ok = true
          :: else -> compare_exchange(0, HEAD, head, head + 1, 0, 0, 0, ok)
          fi;
          if :: ok -> got(0, p); break :: else -> p = 0 fi
        }
     od;
     atomic {
       head = 0; tail = 0; p = 0;
       if
       :: !ok && next > PROCESSES && takes == 0 -> break
       :: else -> ok = false
       fi
     }

  :: takes > 0 -> /* take_newest */
     atomic { takes--; tail = OWN(TAIL) };
     load(0, HEAD, 0, head);
     if
     :: tail - head > MOST ->
        p = OWN(ENTRY(tail - 1));
        /* step: ring.newest.tail */
        store(0, TAIL, tail - 1, !WEAK_ring_newest_tail_release);
        /* step: ring.newest.fence */
        if :: !WEAK_ring_newest_fence -> fence(0) :: else fi;
        /* step: ring.newest.head */
        if :: !WEAK_ring_newest_head -> load(0, HEAD, 0, head) :: else fi;
        atomic {
          ok = tail - 1 - head >= MOST;
          if :: ok -> got(0, p) :: else fi;
          head = 0; p = 0
        };
        /* step: ring.newest.restore */
        if
        :: !ok && !WEAK_ring_newest_restore -> store(0, TAIL, tail, !WEAK_ring_newest_restore_release)
        :: else
        fi
     :: else
     fi;
     atomic { head = 0; tail = 0; ok = false }
  od
}

proctype thief(byte me) {
  byte head, tail, p, p2, many, entry, newest;
  bool stole;
  bool ok;

  do
  :: !stole ->
     stole = true;
     load(me, HEAD, 0, head);
     do
     :: /* step: ring.steal.fence */
        if :: !WEAK_ring_steal_fence -> fence(me) :: else fi;
        /* step: ring.steal.tail */
        load(me, TAIL, !WEAK_ring_steal_tail_acquire, tail);
        atomic {
          if :: tail <= head -> break :: else fi;
          many = (me == 1 && tail - head > 2 -> MOST : 1);
          tail = 0
        };
        /* step: ring.steal.entry */
        if
        :: !WEAK_ring_steal_entry ->
           load(me, ENTRY(head), 0, p);
           if :: many == 2 -> load(me, ENTRY(head + 1), 0, p2) :: else fi
        :: else
        fi;
        /* step: ring.steal.claim */
        atomic {
          entry = head;
          if
          :: WEAK_ring_steal_claim_atomic -> store(me, HEAD, head + many, 1); ok = true
          :: else ->
             compare_exchange(me, HEAD, head, entry + many, 0, 0, 0, ok)
          fi;
          if :: ok && !WEAK_ring_steal_entry -> got(me, p) :: else fi;
          if :: ok && !WEAK_ring_steal_entry && many == 2 -> got(me, p2) :: else fi;
          p = 0; p2 = 0
        };
        if
        :: ok && WEAK_ring_steal_entry -> load(me, ENTRY(entry), 0, p); atomic { got(me, p); p = 0 }
        :: else
        fi;
        atomic {
          if
          :: ok ->
             assert(entry >= newest); /* in order */
             newest = entry + many - 1;
             break
          :: else
          fi;
          many = 0; entry = 0
        }
     od;
     atomic { ok = false; head = 0; tail = 0; many = 0; entry = 0 }

  :: stole -> break
  od
}

init {
  atomic {
    do
    :: already < CAPACITY ->
       already++;
       touch(0, PROCESS(already));
       queued[already]++;
       store(0, ENTRY(already - 1), already, 0);
       store(0, TAIL, already, 1)
    :: else -> break
    od;
    run owner(); run thief(1); run thief(2)
  }
}

active proctype nothing_moves() {
  byte i = 1;
  timeout;
  do :: i <= PROCESSES -> assert(taken[i] == queued[i]); i++ /* no loss */
     :: else -> break od
}
