"""Further groups for measuring the judgement: other styles, other mistakes, written on demand.

Half of them are for tuning, half are held out (``Group.half``). The halves have no faulty code in
common: what is learned from one cannot simply be found again in the other.
"""
