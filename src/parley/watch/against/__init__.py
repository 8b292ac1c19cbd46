"""Tracks held against what was declared: hazards, notices, who answers for whom, who is between.

`seen` is a sweep made ready once; `reach` and `plane` find who is near a volume now or soon; the
others each make findings of one kind.
"""
