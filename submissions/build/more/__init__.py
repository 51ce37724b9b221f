"""Further groups for measuring the judgement: other styles, other mistakes, written on demand.

Half of them are for tuning, half are held out (``Group.half``). Except for the answers to the
control questions the halves have hardly a faulty part in common: what is learned from one cannot
simply be looked up in the other.
"""
