/* The reuse of a process slot (detail/lifecycle_impl.hpp, process_arena.hpp, worker.hpp): a process
 * ends, its slot becomes another process's, of another runtime; meanwhile somebody sends to the
 * first one, somebody who was told of its end asks whether it is there, and its runtime, which is
 * going, kills everybody.
 *
 * Process 1 lives in runtime 1, process 2 in runtime 2, in the same slot. The worker that frees the
 * slot or another one takes it again. What is in the mailbox model is here as it is in the code,
 * without its weakenings, but for the one that this part relies on.
 *
 * Invariants
 *   its own only  what was sent to process 1 is never handled by process 2
 *   no loss       and does not stay in the mailbox of process 2, which may wait for ever: who sent
 *                 it waits to hear that process 1 is gone
 *   gone is gone  who was told of the end finds that process 1 is not there
 *   no stranger   a runtime that goes does not kill a process of another
 *
 * Steps: slots.claim.owner, slots.claim.serial, slots.publish.store, slots.stale.look,
 * slots.stale.rouse, slots.drop.addressee, slots.tell.after, slots.there.word, slots.there.serial,
 * slots.kill.serial, slots.kill.owner, mailbox.push.cas
 */
#define THREADS 4
#define ATOMS 3
#define WORD 0
#define SERIAL 1
#define OWNER 2
#define FIELDS 3
#define NODE(e) (3 + (e))
#define LOCS 6
#include "memory.pml"

#define OPEN 1
#define RUN 2
#define WAIT 4
#define BITS 7
#define HEAD(w) ((w) >> 3)
#define WAKES(e) ((e) == 2)

byte next_of[3];
byte addressee[3];
bool sent[3];
bool ended[3];
byte running;
byte lives = 1;     /* whose turn the slot is */
bool told;
bool is_free;
hidden byte h_e;
hidden byte h_w;

/* What was taken by the process with the serial `s`, or was left in its mailbox. */
inline handle_all(me, w, s) {
  d_step {
    h_e = HEAD(w);
    do
    :: h_e != 0 ->
       assert(AGE(me, NODE(h_e)) == 0 && !ended[h_e]);
       grow_older(me, NODE(h_e));
       /* step: slots.drop.addressee */
       assert(addressee[h_e] == s || !WEAK_slots_drop_addressee); /* its own only */
       ended[h_e] = true;
       h_e = next_of[h_e]
    :: else -> break
    od;
    h_e = 0
  }
}

proctype thread(byte me) {
  byte w, n, e, s;
  bool ok, runs;

  if
  :: me == 0 -> /* carries process 1 to its end */
     touch(me, FIELDS);
     if
     :: load(me, WORD, 0, w);
        if
        :: HEAD(w) != 0 -> exchange(me, WORD, OPEN | RUN, 1, 0, w); handle_all(me, w, 1)
        :: else
        fi
     :: true
     fi;
     running = 0;
     /* step: slots.tell.after: the mailbox is closed before anybody hears of the end */
     if
     :: WEAK_slots_tell_after -> hand_over_all(me, 3); told = true
     :: else
     fi;
     exchange(me, WORD, 0, 1, 1, w);
     handle_all(me, w, 1);
     if
     :: !WEAK_slots_tell_after -> hand_over_all(me, 3); told = true
     :: else
     fi;
     store(me, SERIAL, 0, 0);
     touch(me, FIELDS);
     hand_over_all(me, 2); /* the arena's mutex */
     is_free = true
  :: me == 1 -> /* sends to process 1, whom it knows */
     load(me, SERIAL, 0, s);
     if
     :: s == 1 -> e = 1; addressee[1] = 1
     :: else
     fi;
     s = 0
  :: else
  fi;
  w = 0;

  do
  :: atomic { (me == 0 || me == 2) && is_free -> is_free = false }
     lives = 2;
     touch(me, FIELDS);
     /* step: slots.claim.owner */
     if :: !WEAK_slots_claim_owner -> store(me, OWNER, 2, 0) :: else fi;
     /* step: slots.claim.serial */
     store(me, SERIAL, 2, !WEAK_slots_claim_serial_release);
     if :: WEAK_slots_claim_owner -> store(me, OWNER, 2, 0) :: else fi;
     runs = true;
     /* step: slots.publish.store */
     store(me, WORD, OPEN | RUN, !WEAK_slots_publish_store_release)

  :: runs -> /* carries process 2 */
     atomic { assert(running == 0 && lives == 2); running = 1; runs = false }
     do
     :: touch(me, FIELDS);
        load(me, WORD, 0, w);
        if
        :: HEAD(w) != 0 -> exchange(me, WORD, OPEN | RUN, 1, 0, w); handle_all(me, w, 2)
        :: else
        fi;
        running = 0;
        if
        :: exchange(me, WORD, 0, 1, 1, w); handle_all(me, w, 2); break /* ends */
        :: if :: n = OPEN :: n = OPEN | WAIT fi;
           load(me, WORD, 0, w);
           if
           :: HEAD(w) != 0
           :: else -> compare_exchange(me, WORD, w, n, 0, 1, 0, ok)
           fi;
           n = 0;
           if
           :: ok -> break
           :: else -> atomic { assert(running == 0); running = 1 }
           fi
        fi
     od;
     ok = false; w = 0

  :: e != 0 ->
     sent[e] = true;
     load(me, WORD, 0, w);
     do
     :: w == 0 -> ended[e] = true; e = 0; break
     :: else ->
        touch(me, NODE(e)); next_of[e] = HEAD(w);
        n = (e << 3) | (w & BITS);
        if :: !(w & RUN) && (!(w & WAIT) || WAKES(e)) -> n = n | RUN :: else fi;
        runs = (n & RUN) && !(w & RUN);
        /* step: mailbox.push.cas */
        compare_exchange(me, WORD, w, n, !WEAK_mailbox_push_cas_acquire, 1, 0, ok);
        n = 0;
        if
        :: ok && runs -> e = 0; break
        :: ok && !runs ->
           if
           :: e == 1 -> /* queued: is the slot still whose it was? */
              e = 0;
              /* step: slots.stale.look */
              load(me, SERIAL, 0, s);
              if
              :: s != 1 && !WEAK_slots_stale_look ->
                 load(me, SERIAL, 0, s);
                 addressee[2] = s;
                 load(me, SERIAL, 0, n);
                 /* step: slots.stale.rouse */
                 if :: s != 0 && s == n && !WEAK_slots_stale_rouse -> e = 2 :: else fi;
                 n = 0
              :: else
              fi;
              s = 0
           :: else -> e = 0
           fi;
           break
        :: else -> runs = false
        fi
     od;
     ok = false; w = 0

  :: me == 3 && told -> /* is_there(1) */
     if
     :: !WEAK_slots_there_serial ->
        /* step: slots.there.word */
        load(me, WORD, !WEAK_slots_there_word_acquire, w);
        /* step: slots.there.serial */
        load(me, SERIAL, 0, s)
     :: else -> load(me, SERIAL, 0, s); load(me, WORD, 1, w)
     fi;
     assert(w == 0 || s != 1); /* gone is gone */
     break

  :: me == 3 -> /* runtime 1 kills its processes */
     if
     :: !WEAK_slots_kill_owner ->
        /* step: slots.kill.serial */
        load(me, SERIAL, !WEAK_slots_kill_serial_acquire, s);
        /* step: slots.kill.owner */
        load(me, OWNER, 0, n)
     :: else -> load(me, OWNER, 0, n); load(me, SERIAL, 1, s)
     fi;
     assert(n != 1 || s != 2); /* no stranger */
     break

  :: me != 3 && !runs && e == 0 && !((me == 0 || me == 2) && is_free) ->
end: (me != 1 && is_free)
  od
}

init {
  atomic {
    VALUE(WORD, 0) = OPEN | RUN; VALUE(SERIAL, 0) = 1; VALUE(OWNER, 0) = 1; running = 1;
    run thread(0); run thread(1); run thread(2); run thread(3)
  }
}

active proctype nothing_moves() {
  timeout;
  assert(running == 0 && !(VALUE(WORD, 0) & RUN));
  assert(sent[1] == ended[1] && sent[2] == ended[2]) /* no loss */
}
