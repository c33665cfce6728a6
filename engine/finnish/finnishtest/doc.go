// Package finnishtest gives tests the real dictionary of Finnish and the shared data.
//
// Finnish: testien sanakirja. Called by the tests of engine/finnish, engine/concept and
// engine/spelling.
package finnishtest
