package course

import "strings"

// Part is a section of the README with the lessons that it lists.
type Part struct {
	Title   string
	Lessons []Lesson
}

// Parts returns the sections of the README that list lessons.
func Parts(readme string, lessons []Lesson) (parts []Part) {
	byName := map[string]Lesson{}
	for _, l := range lessons {
		byName[l.Name] = l
	}
	for _, section := range strings.Split(readme, "\n## ")[1:] {
		title, text, _ := strings.Cut(section, "\n")
		p := Part{Title: title}
		for _, m := range item.FindAllStringSubmatch(text, -1) {
			if l, ok := byName[m[1]]; ok {
				p.Lessons = append(p.Lessons, l)
			}
		}
		if len(p.Lessons) > 0 {
			parts = append(parts, p)
		}
	}
	return parts
}

// Head is the lesson's program up to its package clause: its text. Body is the rest.
func (l Lesson) Head() string {
	head, _, _ := strings.Cut(l.Source, "\npackage main\n")
	return head + "\n"
}

// Body is the lesson's program from its package clause on.
func (l Lesson) Body() string { return strings.TrimPrefix(l.Source, l.Head()) }

// Title is the lesson's name in words, without its number.
func (l Lesson) Title() string {
	_, title, _ := strings.Cut(l.Name, "-")
	return strings.ReplaceAll(title, "-", " ")
}

// Number is the lesson's number, with two digits.
func (l Lesson) Number() string {
	number, _, _ := strings.Cut(l.Name, "-")
	return number
}

// About is the lesson's summary as a sentence of its own, without the name.
func (l Lesson) About() string {
	text := strings.TrimPrefix(l.Summary, l.Name+" ")
	return "This program " + text
}
