/* The slot of the process just woken (detail/worker.hpp, worker_io_impl.hpp): its worker fills it, and
 * empties it in its next turn by a plain load and a store. A worker that watches takes out who got stuck
 * there behind a long handler: it claims the slot and has the kernel fence the other (heavy), and then
 * looks whether that one is still in the same turn, and past emptying the slot: then TURNS is even.
 *
 * The worker has three turns, each of which may wake a process of its own or two. The watcher looks twice.
 *
 * Invariants
 *   exactly once  each process that was given is taken once
 *   published     who takes it sees it as who gave it left it (PROCESS)
 *   no loss       when nothing moves any more, all were taken
 *
 * Steps: lifo.put, lifo.swap, lifo.take.fence, lifo.take.look, lifo.take.end, lifo.claim.flag,
 * lifo.claim.fence, lifo.claim.look, lifo.claim.end
 */
#define THREADS 2
#define ATOMS 3
#define SLOT 0
#define TURNS 1
#define CLAIMED 2
#define PROCESS(p) (2 + (p))
#define GIVEN 4
#define LOCS 7
#include "memory.pml"

byte given[GIVEN + 1];
byte taken[GIVEN + 1];
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

active proctype worker() {
  byte p, old, claimed;
  byte next = 1;
  byte turns = 0;

  do
  :: next <= GIVEN && turns > 0 -> /* wakes one: that runs next, the one before is displaced */
     atomic { p = next; next++; touch(0, PROCESS(p)); given[p]++ }
     load(0, SLOT, 0, old);
     if
     :: old == 0 || WEAK_lifo_put_look ->
        /* step: lifo.put */
        store(0, SLOT, p, !WEAK_lifo_put_release);
        old = 0
     :: else ->
        /* step: lifo.swap */
        if
        :: WEAK_lifo_swap_atomic -> load(0, SLOT, 1, old); store(0, SLOT, p, 1)
        :: else -> exchange(0, SLOT, p, !WEAK_lifo_swap_acquire, !WEAK_lifo_swap_release, old)
        fi
     fi;
     if :: old != 0 -> take_one(0, old) :: else fi;
     atomic { old = 0; p = 0 }

  :: turns < 6 || next > GIVEN -> /* the next turn */
     turns++;
     /* step: lifo.take.fence: this order */
     if
     :: WEAK_lifo_take_fence ->
        load(0, CLAIMED, 1, claimed);
        store(0, TURNS, turns, 0)
     :: else ->
        store(0, TURNS, turns, 0);
        /* step: lifo.take.look */
        load(0, CLAIMED, !WEAK_lifo_take_look_acquire, claimed)
     fi;
     if :: WEAK_lifo_take_end_order -> store(0, TURNS, turns + 1, 1) :: else fi;
     if
     :: claimed && !WEAK_lifo_take_look -> exchange(0, SLOT, 0, 1, 1, old)
     :: else -> load(0, SLOT, 0, old); store(0, SLOT, 0, 0)
     fi;
     /* step: lifo.take.end */
     turns++;
     if :: !WEAK_lifo_take_end_order -> store(0, TURNS, turns, 1) :: else fi;
     if
     :: old != 0 -> take_one(0, old)
     :: else -> if :: next > GIVEN && turns > 6 -> break :: else fi
     fi;
     atomic { old = 0; claimed = 0 }
  od
}

active proctype watcher() {
  byte turn, now, old;
  byte looks = 2;

  do
  :: looks > 0 ->
     looks--;
     load(1, TURNS, 0, turn);
     /* step: lifo.claim.flag */
     if :: !WEAK_lifo_claim_flag -> store(1, CLAIMED, 1, 0) :: else fi;
     /* step: lifo.claim.fence: the caller's, and at some moment in between the other's */
     if :: !WEAK_lifo_claim_fence -> fence(1); fence(0); fence(1) :: else fi;
     /* step: lifo.claim.look */
     load(1, TURNS, 1, now);
     if
     :: (now == turn && (now % 2 == 0 || WEAK_lifo_claim_look_even)) || WEAK_lifo_claim_look ->
        if
        :: WEAK_lifo_swap_atomic -> load(1, SLOT, 1, old); store(1, SLOT, 0, 1)
        :: else -> exchange(1, SLOT, 0, !WEAK_lifo_swap_acquire, !WEAK_lifo_swap_release, old)
        fi;
        if :: old != 0 -> take_one(1, old) :: else fi
     :: else
     fi;
     /* step: lifo.claim.end */
     store(1, CLAIMED, 0, !WEAK_lifo_claim_end_release);
     atomic { turn = 0; now = 0; old = 0 }
  :: looks == 0 -> break
  od
}

active proctype nothing_moves() {
  timeout;
  d_step {
    h_p = 1;
    do :: h_p <= GIVEN -> assert(taken[h_p] == given[h_p]); h_p++ :: else -> break od; /* no loss */
    h_p = 0
  }
}
