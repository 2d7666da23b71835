/* extension_type.h: the SQL functions that read and print types of extensions. Private to types/. */
#ifndef TYPES_EXTENSION_TYPE_H
#define TYPES_EXTENSION_TYPE_H

#include "types/types_int.h"

/* The functions in, out and send of a type, called by hand: through the type of their result or argument. */
Status extension_type_in(FnCall *call);
Status extension_type_recv(FnCall *call);
Status extension_type_out(FnCall *call);
Status extension_type_send(FnCall *call);
/* In and out functions of the types that only index pages hold: 0A000. */
Status extension_no_input(FnCall *call);
Status extension_no_output(FnCall *call);

#endif
