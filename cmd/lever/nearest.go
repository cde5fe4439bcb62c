package main

// suggestion gives ", did you mean …?" when a command's name is close to a mistyped one, or "".
func suggestion(mistyped string) string {
	best, bestDistance := "", 3 // more than two slips apart is another word
	for _, c := range commands() {
		if d := distance(mistyped, c.name); d < bestDistance {
			best, bestDistance = c.name, d
		}
	}
	if best == "" || bestDistance >= len(best) {
		return ""
	}
	return ", did you mean " + best + "?"
}

// distance is the least number of single letters to insert, delete, replace or swap with their
// neighbour that turns a into b (optimal string alignment).
func distance(a, b string) int {
	if len(a) > 32 {
		return len(a) // no command is that long, and the table below stays small
	}
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replaced := d[i-1][j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			d[i][j] = min(replaced, d[i-1][j]+1, d[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
