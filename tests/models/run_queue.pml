/* The ring of runnable processes that other workers steal from (detail/run_queue.hpp).
 *
 * The owner queues three processes and takes now and then; two thieves take. The ring holds two:
 * what does not fit the owner keeps, as the runtime does in a queue with a mutex. Of the thieves
 * one takes what there is, up to two, with one claim: take_half.
 *
 * Invariants
 *   exactly once  each process that was queued is taken once
 *   published     who takes it sees it as who queued it left it (PROCESS)
 *   no loss       when nothing moves any more, the owner finds the ring empty and all were taken
 *   in order      what one thread takes becomes older never
 *
 * Steps: ring.push.full, ring.push.entry, ring.push.tail, ring.take.head, ring.take.tail,
 * ring.take.entry, ring.take.claim
 */
#define THREADS 3
#define CAPACITY 2
#define ATOMS 4
#define HEAD 0
#define TAIL 1
#define ENTRY(i) (2 + (i) % CAPACITY)
#define PROCESS(p) (3 + (p))
#define LOCS 7
#include "memory.pml"

byte queued[4];
byte taken[4];

proctype thread(byte me) {
  byte head, tail, p, p2, many, entry, newest;
  byte next = 1;                          /* the owner's next process */
  byte takes = 1;        /* looks that are left, before the owner's last ones */
  bool ok;

  do
  :: me == 0 && next < 4 -> /* push */
     atomic { p = next; next++; touch(me, PROCESS(p)); load(me, TAIL, 0, tail) }
     load(me, HEAD, 1, head);
     /* step: ring.push.full */
     if
     :: tail - head >= CAPACITY + WEAK_ring_push_full -> skip /* it goes elsewhere */
     :: else ->
        queued[p]++;
        if :: WEAK_ring_push_entry_order -> store(me, TAIL, tail + 1, 1) :: else fi;
        /* step: ring.push.entry */
        store(me, ENTRY(tail), p, 0);
        /* step: ring.push.tail */
        if
        :: !WEAK_ring_push_entry_order -> store(me, TAIL, tail + 1, !WEAK_ring_push_tail_release)
        :: else
        fi
     fi;
     head = 0; tail = 0; p = 0

  :: takes > 0 || (me == 0 && next == 4) ->
     if :: takes > 0 -> takes-- :: else fi;
     /* step: ring.take.head */
     load(me, HEAD, !WEAK_ring_take_head_acquire, head);
     ok = false;
     do
     :: /* step: ring.take.tail */
        load(me, TAIL, !WEAK_ring_take_tail_acquire, tail);
        if
        :: head == tail -> break
        :: else
        fi;
        /* step: ring.take.entry */
        many = (me == 2 && tail - head >= 2 -> 2 : 1);
        if
        :: !WEAK_ring_take_entry ->
           load(me, ENTRY(head), 0, p);
           if :: many == 2 -> load(me, ENTRY(head + 1), 0, p2) :: else fi
        :: else
        fi;
        entry = head;
        /* step: ring.take.claim */
        if
        :: WEAK_ring_take_claim_atomic -> store(me, HEAD, head + many, 1); ok = true
        :: else ->
           compare_exchange(me, HEAD, head, entry + many, 1, !WEAK_ring_take_claim_release,
                            !WEAK_ring_take_claim_retry, ok)
        fi;
        if
        :: ok ->
           if
           :: WEAK_ring_take_entry ->
              load(me, ENTRY(entry), 0, p);
              if :: many == 2 -> load(me, ENTRY(entry + 1), 0, p2) :: else fi
           :: else
           fi;
           atomic {
             assert(p != 0 && taken[p] < queued[p]); /* exactly once */
             taken[p]++;
             touch(me, PROCESS(p));                   /* published */
             assert(entry >= newest); newest = entry; /* in order */
             if
             :: many == 2 ->
                assert(p2 != 0 && taken[p2] < queued[p2]);
                taken[p2]++;
                touch(me, PROCESS(p2));
                newest = entry + 1
             :: else
             fi;
             head = 0; tail = 0; entry = 0; p = 0; p2 = 0; many = 0
           };
           break
        :: else
        fi
     od;
     if
     :: me == 0 && next == 4 && takes == 0 && !ok -> head = 0; tail = 0; break
     :: else
     fi;
     ok = false; head = 0; tail = 0; entry = 0; p = 0; p2 = 0; many = 0

  :: me != 0 && takes == 0 -> break
  od
}

init { atomic { run thread(0); run thread(1); run thread(2) } }

active proctype nothing_moves() {
  timeout;
  assert(taken[1] == queued[1] && taken[2] == queued[2] && taken[3] == queued[3]) /* no loss */
}
