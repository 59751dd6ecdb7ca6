/* The mailbox word (detail/process.hpp): envelopes pushed by anybody, the RUN bit that makes one
 * of them schedule the process, and the WAIT bit of a process that waits inside a handler.
 *
 * Two threads send; each, and the worker, may become the one that carries the process. The process
 * goes idle in all three ways (bare, suspended in a receive, suspended in a call), is claimed by a
 * timer, and ends. An envelope that was taken is sent again, by the thread that took it: so the
 * same address comes again at the head of the word.
 *
 * Invariants
 *   one runner    between a push or claim that sets RUN and the idle or close that clears it,
 *                 nobody else carries the process: `running`, and no data race on STATE
 *   exactly once  each envelope is taken, or refused to its sender, once; of one sender in order
 *   no loss       when nothing moves any more, no envelope waits in the word, unless the process
 *                 waits inside a handler for none of them
 *   published     who takes an envelope sees what its sender wrote (NODE); who schedules a
 *                 suspended process sees its home (STATE)
 *
 * Who finds the process idle with nothing in the word may claim it and put its envelope into the
 * chain of those that were taken: then the envelope does not pass the word.
 *
 * Steps: mailbox.push.link, mailbox.push.wakes, mailbox.push.cas, mailbox.direct.cas,
 * mailbox.take.exchange, mailbox.idle.look, mailbox.idle.cas, mailbox.claim.or, mailbox.close.exchange
 */
#define THREADS 3
#define ATOMS 1
#define WORD 0
#define STATE 1
#define NODE(e) (1 + (e))
#define LOCS 5
#include "memory.pml"

#define OPEN 1
#define RUN 2
#define WAIT 4
#define BITS 7
#define HEAD(w) ((w) >> 3)
#define NOBODY 7

byte next_of[4];
byte sent[4];     /* pushes of an envelope that have begun */
byte ended[4];    /* taken or refused */
byte running;
byte home = NOBODY; /* where the process is suspended */
bool inbox[THREADS];
bool taken_2;
hidden byte h_e;
hidden byte h_newest;

#define WAKES(e) ((e) == 3)
/* Envelope 1 goes to who is idle, and 3 to who waits in a call; the others always pass the word. */
#define DIRECT(w, e) (((w) == OPEN && (e) == 1) || ((w) == (OPEN | WAIT) && WAKES(e)))

/* Oldest first; envelopes 1 and 2 are of thread 1, and 3 is sent again. */
inline handle_all(me, w, again) {
  d_step {
    h_newest = 0; h_e = HEAD(w);
    do
    :: h_e != 0 ->
       assert(AGE(me, NODE(h_e)) == 0); /* published */
       grow_older(me, NODE(h_e));
       assert(ended[h_e] < sent[h_e]);  /* exactly once */
       ended[h_e]++;
       assert(h_e != 1 || !taken_2 || h_newest == 2); /* in order */
       taken_2 = taken_2 || h_e == 2;
       if :: h_e == 3 && sent[3] == 1 -> again = true :: else fi;
       h_newest = (h_e == 2 -> 2 : h_newest);
       h_e = next_of[h_e]
    :: else -> break
    od;
    h_newest = 0
  }
}

/* What has got into the chain is handled as what was taken. */
inline chain_one(me, e, again) {
  d_step {
    assert(ended[e] < sent[e]);
    ended[e]++;
    assert(e != 1 || !taken_2); /* in order: envelope 2 is sent after 1 */
    taken_2 = taken_2 || e == 2;
    if :: e == 3 && sent[3] == 1 -> again = true :: else fi
  }
}

/* `home` says where it is carried. */
inline schedule_it(me) {
  touch(me, STATE);
  runs = true;
  if
  :: home != NOBODY && home != me ->
     hand_over_all(me, home);
     atomic { assert(!inbox[home]); inbox[home] = true; runs = false }
  :: else
  fi
}

proctype thread(byte me; bool runs) {
  byte w, n, e;
  bool ok, bare, again;
  byte to_send = (me == 0 -> 0 : (me == 1 -> 2 : 1));
  bool claims = (me == 0);

  do
  :: runs ->
     /* carries the process: it was scheduled, and nobody else was */
     atomic { assert(running == 0); running = 1; home = NOBODY; runs = false }
     touch(me, STATE);
     do
     :: true ->
        load(me, WORD, 0, w);
        if
        :: HEAD(w) != 0 ->
           /* step: mailbox.take.exchange */
           if
           :: WEAK_mailbox_take_exchange_atomic -> load(me, WORD, 1, w); store(me, WORD, OPEN | RUN, 0)
           :: else -> exchange(me, WORD, OPEN | RUN, !WEAK_mailbox_take_exchange_acquire, 0, w)
           fi;
           handle_all(me, w, again)
        :: else
        fi;
        touch(me, STATE);
        if
        :: true -> /* the end */
           running = 0;
           /* step: mailbox.close.exchange */
           if
           :: WEAK_mailbox_close_exchange_atomic -> load(me, WORD, 1, w); store(me, WORD, 0, 0)
           :: else -> exchange(me, WORD, 0, !WEAK_mailbox_close_exchange_acquire, 0, w)
           fi;
           handle_all(me, w, again);
           break
        :: true -> /* idle: bare, in a receive, in a call */
           if :: bare = true :: home = me :: atomic { home = me; n = WAIT } fi;
           load(me, WORD, 0, w);
           running = 0;
           /* step: mailbox.idle.look */
           if
           :: HEAD(w) != 0 && !WEAK_mailbox_idle_look
           :: else ->
              n = n | OPEN;
              /* step: mailbox.idle.cas */
              if
              :: WEAK_mailbox_idle_cas_atomic -> store(me, WORD, n, 1); ok = true
              :: else ->
                 compare_exchange(me, WORD, w, n, 0, !WEAK_mailbox_idle_cas_release, 0, ok)
              fi
           fi;
           bare = false; n = 0;
           if
           :: ok -> break
           :: else -> atomic { assert(running == 0); running = 1; home = NOBODY }
           fi
        fi
     od;
     w = 0; n = 0; ok = false

  :: !runs && (to_send > 0 || again) ->
     if
     :: to_send > 0 -> e = (me == 2 -> 3 : 3 - to_send); to_send--
     :: else -> e = 3; again = false
     fi;
     sent[e]++;
     load(me, WORD, 0, w);
     do
     :: w == 0 -> ended[e]++; break /* closed: still its sender's */
     :: DIRECT(w, e) ->
        /* step: mailbox.direct.cas */
        if
        :: WEAK_mailbox_direct_cas_atomic -> store(me, WORD, OPEN | RUN, 0); ok = true
        :: else ->
           compare_exchange(me, WORD, w, OPEN | RUN, !WEAK_mailbox_direct_cas_acquire, 0, 0, ok)
        fi;
        if
        :: ok -> atomic { chain_one(me, e, again); schedule_it(me) }; break
        :: else
        fi
     :: w != 0 && !DIRECT(w, e) ->
        /* step: mailbox.push.link */
        if
        :: !WEAK_mailbox_push_link -> touch(me, NODE(e)); next_of[e] = HEAD(w)
        :: else
        fi;
        n = (e << 3) | (w & BITS);
        /* step: mailbox.push.wakes */
        if
        :: !(w & RUN) && (!(w & WAIT) || (WAKES(e) && !WEAK_mailbox_push_wakes)) -> n = n | RUN
        :: else
        fi;
        runs = (n & RUN) && !(w & RUN);
        /* step: mailbox.push.cas */
        if
        :: WEAK_mailbox_push_cas_atomic -> store(me, WORD, n, 1); ok = true
        :: else ->
           compare_exchange(me, WORD, w, n, !WEAK_mailbox_push_cas_acquire,
                            !WEAK_mailbox_push_cas_release, 0, ok)
        fi;
        if
        :: ok ->
           if
           :: WEAK_mailbox_push_link -> touch(me, NODE(e)); next_of[e] = HEAD(w)
           :: else
           fi;
           if
           :: runs -> schedule_it(me)
           :: else
           fi;
           break
        :: else -> runs = false
        fi
     od;
     e = 0; w = 0; n = 0; ok = false

  :: !runs && inbox[me] -> atomic { inbox[me] = false; runs = true }

  :: !runs && claims && home == me && running == 0 -> /* its timeout */
     claims = false;
     /* step: mailbox.claim.or */
     if
     :: WEAK_mailbox_claim_or_atomic -> load(me, WORD, 1, w); store(me, WORD, w | RUN, 1)
     :: else -> fetch_or(me, WORD, RUN, 1, 1, w)
     fi;
     if :: !(w & RUN) -> runs = true :: else fi;
     w = 0

  :: !runs && to_send == 0 && !again && !inbox[me] ->
end: inbox[me]
  od
}

init {
  atomic { VALUE(WORD, 0) = OPEN | RUN; run thread(0, true); run thread(1, false); run thread(2, false) }
}

active proctype nothing_moves() {
  timeout;
  d_step {
    assert(running == 0 && !(VALUE(WORD, 0) & RUN)); /* no loss */
    h_e = HEAD(VALUE(WORD, 0));
    do
    :: h_e != 0 ->
       assert((VALUE(WORD, 0) & WAIT) && !WAKES(h_e));
       ended[h_e]++;
       h_e = next_of[h_e]
    :: else -> break
    od;
    h_e = 1;
    do :: h_e < 4 -> assert(sent[h_e] == ended[h_e]); h_e++ :: else -> break od;
    h_e = 0
  }
}
