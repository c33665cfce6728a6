package main

import (
	"context"

	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/region/office"
	"kokko/region/programme"
)

// mailSettings is how a region's letters leave: the operator's KOKKO_SMTP, else
// the region's own settings; zero when there is neither.
func (h *house) mailSettings(ctx context.Context, db *store.DB, region string) (mail.Settings, error) {
	own, err := office.AllSettings(ctx, db, region)
	if err != nil {
		return mail.Settings{}, err
	}
	line := h.SMTP
	if line == "" {
		line = own[office.MailURL]
	}
	if line == "" {
		return mail.Settings{}, nil
	}
	s, err := mail.ParseURL(line)
	if err != nil {
		return s, err
	}
	if from := own[office.MailFrom]; from != "" {
		if s.From, err = mail.ParseAddress(from); err != nil {
			return s, err
		}
	}
	if key := own[office.MailDKIMKey]; key != "" {
		s.DKIM = mail.DKIM{Selector: own[office.MailDKIMSelector], Domain: own[office.MailDKIMDomain], Key: mail.Secret(key)}
	}
	return s, nil
}

// way tells the outbox how a region's letters leave now. An example region's stay
// here, whatever the settings say: it must never write to a real office.
func (h *house) way(db *store.DB) func(ctx context.Context, region string) (mail.Way, error) {
	console := mail.NewConsole(h.out, mail.Address{Email: "kokko@localhost"})
	here := mail.Way{Sender: console, Here: true, From: mail.Address{Name: "Kokko", Email: "kokko@localhost"}}
	return func(ctx context.Context, region string) (mail.Way, error) {
		served, err := programme.Regions(ctx, db)
		if err != nil {
			return here, err
		}
		for _, s := range served {
			if s.ID == region && s.Example {
				return here, nil
			}
		}
		settings, err := h.mailSettings(ctx, db, region)
		if err != nil || settings.IsZero() {
			return here, err
		}
		own, err := office.AllSettings(ctx, db, region)
		if err != nil {
			return here, err
		}
		sender, err := mail.NewSMTP(settings)
		return mail.Way{Sender: sender, From: settings.From, ReplyTo: mail.Address{Email: own[office.MailIn]}}, err
	}
}
