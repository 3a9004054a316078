package life

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// Drawing makes a file's contents.
type Drawing func(*Run) ([]byte, error)

// SVG, HTML, Text and JSON are the drawings that a file may have.
func SVG(r *Run) ([]byte, error) { return r.SVG(), nil }

// HTML is a page that steps through time.
func HTML(r *Run) ([]byte, error) { return r.HTML() }

// Text is what a terminal shows, without colours.
func Text(r *Run) ([]byte, error) { return []byte(r.Text(false)), nil }

// JSON is the run itself, which ReadJSON reads.
func JSON(r *Run) ([]byte, error) {
	p, err := json.MarshalIndent(r, "", "\t")
	return append(p, '\n'), err
}

var drawings = map[string]Drawing{".svg": SVG, ".html": HTML, ".txt": Text, ".json": JSON}

// DrawingFor is the drawing that a file's name asks for by its ending.
func DrawingFor(path string) (Drawing, error) {
	if draw, ok := drawings[strings.ToLower(filepath.Ext(path))]; ok {
		return draw, nil
	}
	return nil, fmt.Errorf("%q: want a name that ends in .svg, .html, .txt or .json", path)
}
