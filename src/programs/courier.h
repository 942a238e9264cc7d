/* courier.h: the process that hands released mail to the MTA by SMTP. It is a new program (posternd itself,
 * started again), so that nothing of the keeper's memory is in it; it holds one message and no key.
 *
 * Its standard input is a socket of frames (base/frame.h), one at a time:
 *
 *     {"do": "message", "smtp", "helo"}    the message is the file, the sender the payload. No answer
 *     {"do": "send", "n", "token"}         to the recipient in the payload. The answer is
 *                                          {"n", "reply": "taken"|"refused"|"", "words"}
 *
 * It ends with the socket, or with the keeper. */
#ifndef POSTERN_PROGRAMS_COURIER_H
#define POSTERN_PROGRAMS_COURIER_H

#define COURIER_WORD "--courier" /* the one argument; for no user */

/* Returns the exit code. */
int courier_main(void);

#endif
