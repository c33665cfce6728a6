package mail_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
	"kokko/ground/fault"
	kokkomail "kokko/ground/mail"
	"kokko/ground/mail/smtptest"
)

func TestSignedLetterVerifies(t *testing.T) {
	t.Parallel()
	for _, kind := range []kokkomail.KeyKind{kokkomail.RSA, kokkomail.Ed25519} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			key, err := kokkomail.GenerateKey(kind)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "dkim.pem")
			if err := os.WriteFile(file, []byte(key.Reveal()), 0o600); err != nil {
				t.Fatal(err)
			}
			server := smtptest.New(t)
			s := settingsOf(t, server)
			s.DKIM = kokkomail.DKIM{Selector: "kokko", Domain: "example.fi", KeyFile: file}
			record, err := s.DKIM.Record()
			if err != nil {
				t.Fatal(err)
			}
			m := letter()
			m.HTML, m.Text = "<p>Hei Äijö</p>", ".\nFrom Äijö  \n\n\n"+strings.Repeat("pitkä rivi ", 30)
			if _, err := senderOf(t, s).Send(timeLimit(t), m); err != nil {
				t.Fatal(err)
			}
			raw := server.Wait(timeLimit(t), 1)[0].Raw
			verify := func(raw []byte) error {
				t.Helper()
				found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
					if name != record.Name {
						t.Errorf("looked up %q, published %q", name, record.Name)
					}
					return []string{record.Value}, nil
				}})
				if err != nil || len(found) != 1 {
					t.Fatalf("%d signatures, %v", len(found), err)
				}
				if found[0].Domain != "example.fi" {
					t.Errorf("signed for %q", found[0].Domain)
				}
				return found[0].Err
			}
			if err := verify(raw); err != nil {
				t.Errorf("the signature does not hold: %v", err)
			}
			for name, forged := range map[string][]byte{
				"body":         bytes.Replace(raw, []byte("rivi"), []byte("RIVI"), 1),
				"subject":      bytes.Replace(raw, []byte("Subject: "), []byte("Subject: x"), 1),
				"second From":  append([]byte("From: <x@example.fi>\r\n"), raw...),
				"new Reply-To": append([]byte("Reply-To: <x@example.fi>\r\n"), raw...),
			} {
				if verify(forged) == nil {
					t.Errorf("changing the %s goes unnoticed", name)
				}
			}
		})
	}
}

func TestRecordForTheOperator(t *testing.T) {
	t.Parallel()
	key, err := kokkomail.GenerateKey(kokkomail.RSA)
	if err != nil {
		t.Fatal(err)
	}
	d := kokkomail.DKIM{Selector: "kokko", Domain: "example.fi", Key: key}
	record, err := d.Record()
	if err != nil || record.Name != "kokko._domainkey.example.fi" || !strings.HasPrefix(record.Value, "v=DKIM1; k=rsa; p=") {
		t.Fatalf("%+v, %v", record, err)
	}
	joined := ""
	for i, piece := range strings.Split(record.Zone(), `"`) {
		if i%2 == 1 {
			if joined += piece; len(piece) > 255 {
				t.Errorf("piece of %d bytes", len(piece))
			}
		}
	}
	if joined != record.Value {
		t.Errorf("the zone line holds %q", joined)
	}
	other, _ := kokkomail.GenerateKey(kokkomail.RSA)
	wrong, _ := kokkomail.DKIM{Selector: "kokko", Domain: "example.fi", Key: other}.Record()
	for name, c := range map[string]struct {
		texts []string
		err   error
		want  fault.Code
	}{
		"published":  {[]string{"v=spf1 -all", strings.Replace(record.Value, "p=", "p= ", 1)}, nil, ""},
		"missing":    {nil, errors.New("no such host"), fault.NotFound},
		"empty":      {nil, nil, fault.NotFound},
		"other key":  {[]string{wrong.Value}, nil, fault.Conflict},
		"not a DKIM": {[]string{"p"}, nil, fault.Conflict},
	} {
		err := d.Published(t.Context(), func(_ context.Context, name string) ([]string, error) {
			if name != record.Name {
				t.Errorf("looked up %q", name)
			}
			return c.texts, c.err
		})
		if fault.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestUnusableKeys(t *testing.T) {
	t.Parallel()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]kokkomail.DKIM{
		"no file":    {Selector: "k", Domain: "b.fi", KeyFile: filepath.Join(t.TempDir(), "none")},
		"no PEM":     {Selector: "k", Domain: "b.fi", Key: "hello"},
		"nonsense":   {Selector: "k", Domain: "b.fi", Key: kokkomail.Secret(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}))},
		"wrong kind": {Selector: "k", Domain: "b.fi", Key: kokkomail.Secret(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))},
	} {
		s := kokkomail.Settings{Host: "h.fi", From: kokkomail.Address{Email: "a@b.fi"}, DKIM: d}
		if _, err := kokkomail.NewSMTP(s); keyOf(err) != "mail.settings.dkim_key" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, d := range map[string]kokkomail.DKIM{
		"no domain": {Selector: "k", Key: "x"}, "no selector": {Domain: "b.fi", Key: "x"}, "no key": {Selector: "k", Domain: "b.fi"},
		"injection": {Selector: "k;d=x", Domain: "b.fi", Key: "x"}, "two lines": {Selector: "k\r\n", Domain: "b.fi", Key: "x"},
	} {
		if _, err := d.Record(); keyOf(err) != "mail.settings.dkim" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
