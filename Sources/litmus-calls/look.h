#ifndef LOOK_H
#define LOOK_H

// Prints what the working directory holds, a line for each object, in the order of their names:
//
//     d/
//     d/f 5000 a4096 b904     a file of 5000 bytes: 4096 times the letter a, then 904 times b
//     e = d/f                 another name of it
//     l -> text
//
// A dot stands for bytes of zero, a question mark for bytes that no litmus test writes. Names that begin with a dot, and
// lost+found, are left out.
void look(void);

#endif
