package main

import "errors"

// report says what became of all calls: what callers were told, beside what instances have run.
// Calls and instances have ended. The error says what did not behave.
func (b *books) report(s *screen) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle()
	repeated, unrun := 0, len(b.ended) // answered, and nobody has run them
	for _, key := range b.writes {
		if len(b.ran[key]) > 1 {
			repeated++
		}
	}
	doubtsThatRan := 0
	for _, c := range b.doubts {
		if len(b.ran[c.key]) > 0 {
			doubtsThatRan++
		}
	}
	s.tell("%d calls were answered, %d of them reads, which may run twice", b.answered, b.reads)
	s.tell("%d failed, %d ran twice, %d were answered and have not run", len(b.failed), repeated, unrun)
	s.tell("%d were under way where the process was killed: callers were told that they may have run;"+
		" %d have", len(b.doubts), doubtsThatRan)
	s.tell("%d times a caller called again what had surely not run", b.again)
	s.tell("calls that are no reads have a key, by which an instance runs them once")
	if len(b.failed) > 0 {
		return errors.Join(errors.New("calls have failed, such as this"), b.failed[0])
	}
	if repeated+unrun > 0 {
		return errors.New("calls ran twice, or not at all")
	}
	return nil
}
